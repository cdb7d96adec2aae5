package nats

import (
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// How a queue lies in JetStream.
const (
	// consumerName is the one durable consumer of a queue's stream.
	consumerName = "workers"
	// maxAckPending is how many messages may be leased or wait out a delay at a
	// time; beyond it nothing is handed out. SQS stops at 120,000 too. The
	// server keeps each of them in memory.
	maxAckPending = 120_000
	// maxWaiting is how many Receives may wait at a time over all workers. The
	// server's default of 512 is two workers of 256 slots.
	maxWaiting = 16_384
	// duplicatesWindow is how long a message ID is remembered.
	duplicatesWindow = 2 * time.Minute
)

// Keys of the consumer's metadata: what a client must know of the Spec and
// JetStream has no field for.
const (
	metaMaxDeliveries = "spotgrid.max_deliveries"
	metaDeadLetter    = "spotgrid.dead_letter"
)

// subject is where messages for a queue are published.
func subject(queue string) string { return "queue." + queue }

// movedSubject is where one dead letter is published. It names the message it
// was, so that one message can lie there only once. The time keeps apart two
// messages of one sequence number when a queue was removed and made anew.
func movedSubject(deadLetter, from string, sequence uint64, stored time.Time) string {
	return fmt.Sprintf("queue.%s.from.%s.%d.%d", deadLetter, from, sequence, stored.UnixNano())
}

func streamConfig(s Spec) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:       s.Name,
		Subjects:   []string{subject(s.Name), subject(s.Name) + ".from.>"},
		Retention:  jetstream.WorkQueuePolicy,
		Storage:    jetstream.FileStorage,
		Discard:    jetstream.DiscardNew, // never drop a job to make room
		MaxAge:     time.Duration(s.RetentionHours) * time.Hour,
		Duplicates: duplicatesWindow,
	}
}

func consumerConfig(s Spec) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       consumerName,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       time.Duration(s.LeaseSeconds) * time.Second,
		MaxDeliver:    -1, // JetStream would leave the message in the stream, unseen
		MaxAckPending: maxAckPending,
		MaxWaiting:    maxWaiting,
		Metadata: map[string]string{
			metaMaxDeliveries: strconv.Itoa(s.MaxDeliveries),
			metaDeadLetter:    s.DeadLetter,
		},
	}
}

// specOf reads a Spec back. The retention is in the stream, not here.
func specOf(c *jetstream.ConsumerInfo) (Spec, error) {
	most, err := strconv.Atoi(c.Config.Metadata[metaMaxDeliveries])
	if err != nil {
		return Spec{}, fmt.Errorf("the consumer %q of stream %q was not made by Declare: metadata %q is not a number",
			c.Name, c.Stream, metaMaxDeliveries)
	}
	return Spec{
		Name:          c.Stream,
		LeaseSeconds:  int(c.Config.AckWait / time.Second),
		MaxDeliveries: most,
		DeadLetter:    c.Config.Metadata[metaDeadLetter],
	}, nil
}
