// Package interrupt tells a worker that its machine is about to be taken away.
package interrupt

import (
	"context"
	"time"
)

// Notice announces the end of a machine.
type Notice struct {
	// Action is what happens: "terminate", "stop" or "hibernate".
	Action string
	// Deadline is when it happens. It may be past: then there is no time left.
	Deadline time.Time
	// Source says who announced it, such as "ec2".
	Source string
}

// Source is a place where notices appear.
type Source interface {
	// Watch sends each notice once, and closes the channel when ctx ends. It
	// survives a source that cannot be reached: no news is no notice.
	Watch(ctx context.Context) <-chan Notice
}
