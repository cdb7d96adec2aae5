package wiki

import (
	"context"
	"sync"
	"time"
)

// pace spaces requests. It is safe for concurrent use: whoever waits has a turn
// of its own, and a pause is one for all.
type pace struct {
	gap   time.Duration
	now   func() time.Time
	sleep func(ctx context.Context, d time.Duration) error

	mu   sync.Mutex
	next time.Time
}

func newPace(o Options) *pace {
	p := &pace{now: o.Now, sleep: o.Sleep}
	if o.PerSecond > 0 {
		p.gap = time.Duration(float64(time.Second) / o.PerSecond)
	}
	return p
}

// wait returns when it is the caller's turn, or with ctx's error.
func (p *pace) wait(ctx context.Context) error {
	for {
		d := p.turn()
		if d <= 0 {
			return context.Cause(ctx)
		}
		if err := p.sleep(ctx, d); err != nil {
			return err
		}
	}
}

// turn takes the turn if it has come, and else says when to ask again: a pause
// may begin meanwhile.
func (p *pace) turn() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if d := p.next.Sub(now); d > 0 {
		return d
	}
	p.next = now.Add(p.gap)
	return 0
}

// pause has everybody wait for d from now.
func (p *pace) pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := p.now().Add(d); until.After(p.next) {
		p.next = until
	}
}
