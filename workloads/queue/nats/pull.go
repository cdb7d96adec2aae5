package nats

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"
)

const (
	// leastWait is the shortest a pull waits. The server keeps a pull without
	// an end that found its messages taken for ever.
	leastWait = 20 * time.Millisecond
	// pullGrace is how much later than asked the server may end a pull.
	pullGrace = 2 * time.Second
	// giveBackTimeout bounds how long a cancelled Receive takes to give back
	// messages that were on their way.
	giveBackTimeout = 500 * time.Millisecond
)

// pulledMessage is a message and when it arrived.
type pulledMessage struct {
	*natsgo.Msg
	at time.Time
}

// pullRequest asks the server for messages.
type pullRequest struct {
	Batch   int           `json:"batch"`
	Expires time.Duration `json:"expires"`
	// NoWait: end as soon as there is at least one message and no more.
	NoWait bool `json:"no_wait,omitempty"`
}

// puller is a subscription that takes the answers to one pull at a time. It is
// not that of jetstream.Consumer.Fetch, since that one cannot end early without
// losing sight of messages that are on their way.
type puller struct {
	subscription *natsgo.Subscription
	messages     chan *natsgo.Msg
}

// pullers are the idle ones: subscribing for each pull would cost the server
// more than the pull.
type pullers struct {
	mu     sync.Mutex
	idle   []*puller
	closed bool
}

func (p *pullers) get(nc *natsgo.Conn) (*puller, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		last := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return last, nil
	}
	messages := make(chan *natsgo.Msg, MaxBatch+1) // and the last words
	subscription, err := nc.ChanSubscribe(nc.NewInbox(), messages)
	if err != nil {
		return nil, fmt.Errorf("subscribing to answers: %w", err)
	}
	return &puller{subscription, messages}, nil
}

func (p *pullers) put(one *puller) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		one.drop()
		return
	}
	p.idle = append(p.idle, one)
}

func (p *pullers) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.idle {
		one.drop()
	}
	p.idle, p.closed = nil, true
}

// drop unsubscribes. It can fail only when the connection is closed, and then
// there is nothing left to unsubscribe.
func (p *puller) drop() { _ = p.subscription.Unsubscribe() }

// pull gets 1 to most messages, or none after wait.
func (d *Driver) pull(ctx context.Context, most int, wait time.Duration) ([]pulledMessage, error) {
	wait = max(wait, leastWait)
	if _, err := d.link.connected(); err != nil {
		return nil, err
	}
	p, err := d.pullers.get(d.link.nc)
	if err != nil {
		return nil, err
	}
	var got []pulledMessage
	var complete bool
	err = d.link.call(ctx, wait+pullGrace, func(ctx context.Context) (err error) {
		got, complete, err = d.ask(ctx, p, pullRequest{Batch: most, Expires: wait, NoWait: true})
		return err
	})
	switch {
	case complete:
		d.pullers.put(p)
	case ctx.Err() != nil:
		d.giveBack(p, got)
		return nil, ctx.Err()
	default:
		p.drop()
	}
	if len(got) > 0 { // they are ours, whatever came after them
		return got, nil
	}
	return nil, err
}

// ask sends a request and collects the answers. complete is false while the
// server may still send some.
func (d *Driver) ask(ctx context.Context, p *puller, r pullRequest) (got []pulledMessage, complete bool, err error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, false, err
	}
	api := fmt.Sprintf("$JS.API.CONSUMER.MSG.NEXT.%s.%s", d.name, consumerName)
	if err := d.link.nc.PublishRequest(api, p.subscription.Subject, b); err != nil {
		return nil, false, err
	}
	for len(got) < r.Batch {
		select {
		case <-ctx.Done():
			return got, false, ctx.Err()
		case m := <-p.messages:
			if m.Reply != "" {
				got = append(got, pulledMessage{m, d.now()})
				continue
			}
			status, description := m.Header.Get("Status"), m.Header.Get("Description")
			if len(got) == 0 && status == statusEnded && description == describeTaken {
				// Those that ask for more than there is get in line for one.
				return d.ask(ctx, p, pullRequest{Batch: 1, Expires: r.Expires})
			}
			return got, true, d.lastWords(ctx, status, description)
		}
	}
	return got, true, nil
}

// lastWords is the error in the status that ended a pull, or nil.
func (d *Driver) lastWords(ctx context.Context, status, description string) error {
	switch status {
	case statusNoMessages, statusEnded:
		return nil
	case statusNoResponders:
		return d.nobody(ctx)
	case statusConflict:
		if err, ok := conflicts[description]; ok {
			return err
		}
	}
	return fmt.Errorf("the server ended the request with %s %s", status, description)
}

// giveBack ends a pull that nobody waits for any more and releases what it got,
// also what was on its way.
func (d *Driver) giveBack(p *puller, got []pulledMessage) {
	ctx, cancel := context.WithTimeout(d.link.life, giveBackTimeout)
	defer cancel()
	// After Drain the server sends no more, and after the flush all that it
	// sent before is here. When the connection is lost, leases run out.
	if p.subscription.Drain() != nil || d.link.nc.FlushWithContext(ctx) != nil {
		return
	}
	got = append(got, p.rest()...)
	for _, m := range got {
		if d.link.nc.Publish(m.Reply, []byte(wordRelease)) != nil {
			return
		}
	}
	if len(got) > 0 {
		_ = d.link.nc.FlushWithContext(ctx) // on failure too leases run out
	}
}

// rest is what has arrived and was not looked at.
func (p *puller) rest() []pulledMessage {
	var got []pulledMessage
	for {
		select {
		case m := <-p.messages:
			if m.Reply != "" {
				got = append(got, pulledMessage{Msg: m})
			}
		default:
			return got
		}
	}
}
