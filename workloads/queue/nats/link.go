package nats

import (
	"context"
	"errors"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"
)

// link lets calls over a connection end as soon as the connection is lost,
// where nats.go would let them run into their timeouts.
type link struct {
	nc *natsgo.Conn
	// life ends when the driver is closed.
	life context.Context
	end  context.CancelCauseFunc

	mu sync.Mutex
	// up ends when the connection is lost; there is a new one after it is back.
	up   context.Context
	down context.CancelCauseFunc
}

func newLink(nc *natsgo.Conn) *link {
	l := &link{nc: nc}
	l.life, l.end = context.WithCancelCause(context.Background())
	l.up, l.down = context.WithCancelCause(l.life)
	go l.watch(nc.StatusChanged(natsgo.RECONNECTING, natsgo.CLOSED))
	return l
}

func (l *link) watch(changes <-chan natsgo.Status) {
	for {
		select {
		case <-l.life.Done():
			return
		case status := <-changes:
			l.mu.Lock()
			down := l.down
			l.mu.Unlock()
			if status == natsgo.CLOSED {
				down(natsgo.ErrConnectionClosed)
				return
			}
			down(errDisconnected)
		}
	}
}

func (l *link) close() { l.end(errClosed) }

// connected returns the context that ends with the present connection.
func (l *link) connected() (context.Context, error) {
	if l.life.Err() != nil {
		return nil, errClosed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.nc.IsClosed():
		return nil, natsgo.ErrConnectionClosed
	case !l.nc.IsConnected():
		return nil, errDisconnected
	case l.up.Err() != nil:
		l.up, l.down = context.WithCancelCause(l.life)
	}
	return l.up, nil
}

// call runs do with a context that also ends after limit (0: none) and when the
// connection is lost or the driver closed, and says which of these it was.
func (l *link) call(ctx context.Context, limit time.Duration, do func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	up, err := l.connected()
	if err != nil {
		return err
	}
	bound, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(up, func() { cancel(context.Cause(up)) })()
	if limit > 0 {
		var stop context.CancelFunc
		bound, stop = context.WithTimeoutCause(bound, limit, errNoAnswer)
		defer stop()
	}
	err = do(bound)
	if ended(err) && ctx.Err() == nil && bound.Err() != nil {
		return context.Cause(bound)
	}
	return err
}

func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
