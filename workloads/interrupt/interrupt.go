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
	// Zero: whoever takes the machine away waits for the worker, for as long as
	// both were told when they were set up, which is the worker's DrainSeconds.
	Deadline time.Time
	// Source says who announced it, such as SourceEC2.
	Source string
}

// Sources of notices.
const (
	// SourceEC2 takes a spot instance back. It waits for nothing.
	SourceEC2 = "ec2"
	// SourceGroup is the machine's group, which takes it away and waits to be told
	// that it has drained.
	SourceGroup = "autoscaling"
	// SourceRebalance is EC2, which advises to leave.
	SourceRebalance = "ec2 rebalance"
	// SourceGCE is Compute Engine, which preempts a Spot VM. It waits for nothing.
	SourceGCE = "gce"
	// SourceMaintenance is Compute Engine, which stops a machine for the maintenance
	// of its host.
	SourceMaintenance = "gce maintenance"
	// SourceLifeline is whoever looked after the worker.
	SourceLifeline = "lifeline"
)

// Source is a place where notices appear.
type Source interface {
	// Watch sends each notice once, and closes the channel when ctx ends. It
	// survives a source that cannot be reached: no news is no notice.
	Watch(ctx context.Context) <-chan Notice
}
