// Package nats is the queue driver for NATS JetStream: the queue of a grid on
// one machine. Declare, Remove and Inspect are for whoever owns the server;
// clients need only the URL that Open takes.
//
// A queue is a stream with work-queue retention on disk and one durable
// consumer. What this driver adds to JetStream:
//
//   - Leases. JetStream lets anyone extend, release and acknowledge a message,
//     whoever holds it. The driver therefore keeps the time of each lease
//     itself and refuses (KindLeaseLost) once it ran out, counted from when the
//     message arrived or the last confirmed Extend began. It cannot see that a
//     message lay in the connection of a process that was stopped in between.
//   - Dead letters. A message that comes up once more after MaxDeliveries is
//     moved to the dead-letter queue by the client that gets it.
//
// Durability is the server's. One that is killed loses nothing that was sent
// or acknowledged, but may forget the deliveries of its last moments: those
// messages come again at once, with the same Number. A power cut takes back
// what was not synced (server options SyncInterval and SyncAlways).
package nats

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// Limits and timings of the driver.
const (
	// MaxBatch is the most messages Receive returns at once.
	MaxBatch = 1000
	// maxIDBytes bounds a message ID, which travels in the header.
	maxIDBytes = 512
	// headerBytes is what the header may take of the server's max_payload.
	headerBytes = 1024
	// answerTimeout is how long the server may take to answer one request. A
	// lost connection is noticed at once and does not wait for it.
	answerTimeout = 5 * time.Second
	// publishTimeout is how long the server may take to store one message of
	// many that are under way; disks that sync every write are slow.
	publishTimeout = 30 * time.Second
	// settingsAge is how old the queue's settings may be before the next call
	// reads them again.
	settingsAge = 5 * time.Second
)

// Driver is one queue. It is safe for concurrent use.
type Driver struct {
	name         string
	js           jetstream.JetStream
	link         *link
	ownsLink     bool
	maxBodyBytes int
	now          func() time.Time

	settings   atomic.Pointer[settings]
	refreshing sync.Mutex
	pullers    pullers
}

var (
	_ queue.Driver = (*Driver)(nil)
	_ queue.Opener = Open
)

// settings are what a client needs to know of the Spec.
type settings struct {
	Spec
	readAt time.Time
}

// Open connects to the queue at nats://HOST:PORT/QUEUE?token_file=PATH. The
// token_file is needed where the server asks for a token; it is read again
// whenever the client connects again. queue.KindNotFound: the server has no
// such queue; queue.KindDenied: it does not take the token.
func Open(ctx context.Context, u *url.URL) (queue.Driver, error) {
	a, err := parse(u)
	if err != nil {
		return nil, err
	}
	nc, err := Connect(ctx, a.server, a.tokenFile)
	if err != nil {
		return nil, failed(queue.OpOpen, a.queue, err)
	}
	d, err := New(ctx, nc, a.queue)
	if err != nil {
		nc.Close()
		return nil, err
	}
	d.ownsLink = true
	return d, nil
}

// New uses the queue over a connection that stays the caller's: Close leaves it
// open. The connection should be one of Connect, or have no reconnect buffer.
func New(ctx context.Context, nc *natsgo.Conn, name string) (*Driver, error) {
	if err := checkName("name", name); err != nil {
		return nil, failed(queue.OpOpen, name, err)
	}
	js, err := jetstream.New(nc,
		jetstream.WithPublishAsyncMaxPending(1<<30), // Send bounds it
		jetstream.WithPublishAsyncTimeout(publishTimeout))
	if err != nil {
		return nil, failed(queue.OpOpen, name, err)
	}
	d := &Driver{
		name: name, js: js, link: newLink(nc), now: time.Now,
		maxBodyBytes: int(nc.MaxPayload()) - headerBytes,
	}
	if err := d.readSettings(ctx); err != nil {
		d.link.close()
		return nil, failed(queue.OpOpen, name, openError(nc, err))
	}
	return d, nil
}

func openError(nc *natsgo.Conn, err error) error {
	server := nc.ConnectedUrlRedacted()
	if kindOf(err) == queue.KindNotFound {
		return fmt.Errorf("server %q has no such queue; is its name right, and was it declared? %w", server, err)
	}
	return fmt.Errorf("server %q: %w", server, err)
}

// readSettings asks the server how the queue is declared.
func (d *Driver) readSettings(ctx context.Context) error {
	info, err := d.info(ctx)
	if err != nil {
		return err
	}
	s, err := specOf(info)
	if err != nil {
		return err
	}
	d.settings.Store(&settings{Spec: s, readAt: d.now()})
	return nil
}

// refresh reads the settings again when they are old. It keeps the old ones
// when that fails: the call that wanted them will see what is wrong.
func (d *Driver) refresh(ctx context.Context) {
	old := d.settings.Load()
	if d.now().Sub(old.readAt) < settingsAge || !d.refreshing.TryLock() {
		return
	}
	defer d.refreshing.Unlock()
	if d.readSettings(ctx) != nil {
		d.settings.Store(&settings{Spec: old.Spec, readAt: d.now()})
	}
}

// info asks the server about the queue's consumer.
func (d *Driver) info(ctx context.Context) (info *jetstream.ConsumerInfo, err error) {
	err = d.link.call(ctx, answerTimeout, func(ctx context.Context) error {
		c, err := d.js.Consumer(ctx, d.name, consumerName)
		if err == nil {
			info = c.CachedInfo()
		}
		return err
	})
	return info, err
}

// Stats counts the messages. JetStream cannot tell a message that is leased
// from one that was handed out before and waits out a delay or for its next
// receiver: Leased counts both, Ready only messages never handed out. Their sum
// is exact.
func (d *Driver) Stats(ctx context.Context) (queue.Stats, error) {
	info, err := d.info(ctx)
	if err != nil {
		return queue.Stats{}, err
	}
	return statsOf(info), nil
}

func statsOf(info *jetstream.ConsumerInfo) queue.Stats {
	return queue.Stats{Ready: int(info.NumPending), Leased: info.NumAckPending}
}

// Lease is how long a received message stays hidden, as last read from the
// server.
func (d *Driver) Lease() time.Duration {
	return time.Duration(d.settings.Load().LeaseSeconds) * time.Second
}

// Kind classifies the driver's errors.
func (d *Driver) Kind(err error) queue.Kind { return kindOf(err) }

// Caps are the driver's limits; the largest body follows from the server's
// max_payload (1 MiB unless it is configured).
func (d *Driver) Caps() queue.Caps {
	return queue.Caps{MaxBodyBytes: d.maxBodyBytes, MaxBatch: MaxBatch, Dedupes: true, LeaseLostIsSeen: true}
}

// Close ends all calls and closes the connection if Open made it. Twice is nil.
func (d *Driver) Close() error {
	d.link.close()
	d.pullers.close()
	if d.ownsLink {
		d.link.nc.Close()
	}
	return nil
}
