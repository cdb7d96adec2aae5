package nats_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
	"github.com/spotgrid/spotgrid/workloads/queue/nats/natstest"
)

// Run with a fixed count, such as -benchtime=20000x: each benchmark handles b.N
// messages of bodyBytes.
const (
	benchReceivers = 64
	bodyBytes      = 400 // an encoded job
)

var benchSpec = nats.Spec{Name: "jobs", LeaseSeconds: 300, RetentionHours: 1}

// bySync runs a benchmark with a server that syncs now and then, and with one
// that syncs every write.
func bySync(b *testing.B, run func(*testing.B, *natstest.Server)) {
	for _, always := range []bool{false, true} {
		b.Run(fmt.Sprintf("SyncAlways=%t", always), func(b *testing.B) {
			run(b, natstest.Start(b, natstest.Options{SyncAlways: always}))
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// filled opens a queue with b.N messages in it.
func filled(b *testing.B, server *natstest.Server) queue.Driver {
	d := open(b, server, benchSpec)
	messages := make([]queue.Message, b.N)
	for i := range messages {
		messages[i].Body = make([]byte, bodyBytes)
	}
	require.NoError(b, d.Send(context.Background(), messages))
	return d
}

// together runs take in benchReceivers goroutines and measures until they
// handled b.N messages; some may wait for more by then. take reports each
// message that it handled.
func together(b *testing.B, take func(handled func()) error) {
	var count atomic.Int64
	var receivers sync.WaitGroup
	finished, finish := context.WithCancel(context.Background())
	defer finish()
	handled := func() {
		if count.Add(1) == int64(b.N) {
			finish()
		}
	}
	b.ResetTimer()
	for range benchReceivers {
		receivers.Go(func() {
			for finished.Err() == nil {
				if err := take(handled); err != nil {
					b.Error(err)
					finish()
				}
			}
		})
	}
	<-finished.Done()
	b.StopTimer()
	receivers.Wait()
}

// BenchmarkRawReceiveAck is JetStream without this driver: fetch, then an Ack
// that the server confirms.
func BenchmarkRawReceiveAck(b *testing.B) {
	for _, batch := range []int{1, 16} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			bySync(b, func(b *testing.B, server *natstest.Server) {
				filled(b, server)
				_, js := server.Connect(b)
				consumer, err := js.Consumer(context.Background(), benchSpec.Name, "workers")
				require.NoError(b, err)
				together(b, func(handled func()) error { return rawReceiveAck(consumer, batch, handled) })
			})
		})
	}
}

func rawReceiveAck(consumer jetstream.Consumer, batch int, handled func()) error {
	got, err := consumer.Fetch(batch, jetstream.FetchMaxWait(time.Second))
	if err != nil {
		return err
	}
	for m := range got.Messages() {
		if err := m.DoubleAck(context.Background()); err != nil {
			return err
		}
		handled()
	}
	return got.Error()
}

// BenchmarkReceiveAck is the same through the driver.
func BenchmarkReceiveAck(b *testing.B) {
	for _, batch := range []int{1, 16} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			bySync(b, func(b *testing.B, server *natstest.Server) {
				q := queue.New(filled(b, server), queue.Options{})
				together(b, func(handled func()) error { return receiveAck(q, batch, handled) })
			})
		})
	}
}

func receiveAck(q *queue.Queue, batch int, handled func()) error {
	got, err := q.Receive(context.Background(), batch, time.Second)
	if err != nil {
		return err
	}
	for _, m := range got {
		if err := q.Ack(context.Background(), m); err != nil {
			return err
		}
		handled()
	}
	return nil
}

// BenchmarkRawPublish is JetStream without this driver, one confirmed message
// after the other in each of benchReceivers goroutines.
func BenchmarkRawPublish(b *testing.B) {
	bySync(b, func(b *testing.B, server *natstest.Server) {
		open(b, server, benchSpec)
		_, js := server.Connect(b)
		body := make([]byte, bodyBytes)
		together(b, func(handled func()) error {
			_, err := js.Publish(context.Background(), "queue.jobs", body)
			handled()
			return err
		})
	})
}

// BenchmarkSend sends all messages in one call.
func BenchmarkSend(b *testing.B) {
	bySync(b, func(b *testing.B, server *natstest.Server) {
		d := open(b, server, benchSpec)
		messages := make([]queue.Message, b.N)
		for i := range messages {
			messages[i] = queue.Message{ID: fmt.Sprintf("job-%d", i), Body: make([]byte, bodyBytes)}
		}
		b.ResetTimer()
		require.NoError(b, d.Send(context.Background(), messages))
		b.StopTimer()
	})
}
