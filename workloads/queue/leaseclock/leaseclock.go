// Package leaseclock judges by a client's own clock whether it still holds a
// message. Drivers need it where the service does not say: told of a lease that
// ran out, it might extend or end the lease of another receiver.
package leaseclock

import (
	"errors"
	"sync"
	"time"
)

// Why a lease is over. Both are queue.KindLeaseLost to a caller.
var (
	ErrLost      = errors.New("the lease ran out, another receiver may hold the message")
	ErrGivenBack = errors.New("the lease was given up: the message was acknowledged or released")
)

type state int

const (
	held state = iota
	acked
	released
)

// Lease is that of one delivery. It is safe for concurrent use; the zero value
// has run out.
type Lease struct {
	mu      sync.Mutex
	expires time.Time
	state   state
}

// Renew sets the end of the lease.
func (l *Lease) Renew(expires time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expires = expires
}

// Check is nil while the lease lasts, else ErrLost or ErrGivenBack.
func (l *Lease) Check(now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.state != held:
		return ErrGivenBack
	case !now.Before(l.expires):
		return ErrLost
	}
	return nil
}

// Acked reports whether the message was acknowledged under this lease.
func (l *Lease) Acked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state == acked
}

// EndAcked ends the lease: the message was acknowledged.
func (l *Lease) EndAcked() { l.end(acked) }

// EndReleased ends the lease: the message was given back.
func (l *Lease) EndReleased() { l.end(released) }

func (l *Lease) end(s state) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = s
}
