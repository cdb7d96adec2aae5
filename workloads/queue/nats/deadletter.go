package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// buryAgainAfter is when a message is tried again that could not be moved.
const buryAgainAfter = 10 * time.Second

// bury moves a message to the dead-letter queue: stored there, then removed
// here. Dying between the two does no harm: whoever moves the message again
// finds the letter there and only removes the message. (If the letter was taken
// out in between and more than duplicatesWindow ago, there is a second one.)
func (d *Driver) bury(ctx context.Context, m pulledMessage, meta *natsgo.MsgMetadata, deadLetter string) error {
	letter := movedSubject(deadLetter, d.name, meta.Sequence.Stream, meta.Timestamp)
	err := d.link.call(ctx, answerTimeout, func(ctx context.Context) error {
		_, err := d.js.PublishMsg(ctx, &natsgo.Msg{Subject: letter, Data: m.Data},
			jetstream.WithMsgID(letter),
			jetstream.WithExpectStream(deadLetter),
			jetstream.WithExpectLastSequencePerSubject(0))
		return err
	})
	var api *jetstream.APIError
	if errors.As(err, &api) && api.ErrorCode == codeWrongLastSequence {
		err = nil
	}
	if err == nil {
		err = d.tell(ctx, m.Reply, wordAck)
	}
	if err == nil {
		return nil
	}
	later := fmt.Sprintf(`%s {"delay": %d}`, wordRelease, buryAgainAfter.Nanoseconds())
	return errors.Join(
		fmt.Errorf("moving a message after %d deliveries to the dead-letter queue %q: %w", meta.NumDelivered-1, deadLetter, err),
		d.tell(ctx, m.Reply, later))
}
