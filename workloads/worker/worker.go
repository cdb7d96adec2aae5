// Package worker runs jobs: it receives them from a queue, keeps their leases
// while their kinds run, commits each result on the volume exactly once and
// only then acknowledges. Whatever happens in between, the job comes back.
//
// A failed attempt is recorded on the volume and the job released with a
// growing delay, until its attempts are used up or it is rejected; then it
// goes to the dead-letter queue with all its attempts. Attempts that were
// interrupted, or vanished with their machine, do not count. Jobs that take
// their worker down with them are for the queue's own delivery limit.
//
// A dead letter is sent again as it is: attempts that it carries are history
// and do not count.
//
// Where the machine belongs to a group that shrinks and grows, the worker has the
// group leave the machine alone while jobs run, and lets the machine go when the
// group takes it away and the jobs have ended. Where a group takes no machines
// away, the worker takes its own out when it has had nothing to do for a while.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/spotgrid/spotgrid/workloads/interrupt"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/machinegroup"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// Limits of a Config.
const (
	MaxSlots        = 1024
	MaxDrainSeconds = 3600
	MaxIdleSeconds  = 24 * 3600
)

// Config is what a worker needs.
type Config struct {
	// Name is unique in the grid, of the alphabet of a job's ID.
	Name string
	// Queue hands out jobs, DeadLetter takes those that are given up. The
	// worker closes neither.
	Queue, DeadLetter *queue.Queue
	Volume            *volume.Volume
	Kinds             job.Kinds
	// Slots is how many jobs run at a time: 1..MaxSlots.
	Slots int
	// DrainSeconds is how long running jobs may go on after a stop was asked
	// for: 0..MaxDrainSeconds.
	DrainSeconds int
	// IdleSeconds is after how long without a job the machine leaves its group, and
	// up to half as long again: 0..MaxIdleSeconds. It is for groups that do not take
	// machines away by themselves. 0: it does not leave.
	IdleSeconds int
	// Interrupts announces the end of the machine. Nil: nothing does.
	Interrupts interrupt.Source
	// Group is what the machine belongs to: it is asked to leave the machine alone
	// while jobs run. The worker does not close it. Nil: none.
	Group *machinegroup.Group
	// Log is what the worker says of itself. Nil: nothing.
	Log *slog.Logger
	// Now is the time, Rand a number in [0,1) for jitter. Defaults: time.Now
	// and math/rand/v2.
	Now  func() time.Time
	Rand func() float64
}

// Check returns every fault of the config, joined, or nil.
func (c Config) Check() error {
	var errs []error
	if !job.ValidID(c.Name) {
		errs = append(errs, fmt.Errorf("name is %q, want 1..128 of letters, digits, dot, underscore and hyphen, not starting with a dot", c.Name))
	}
	for what, missing := range map[string]bool{
		"queue": c.Queue == nil, "dead-letter queue": c.DeadLetter == nil, "volume": c.Volume == nil, "job kinds": len(c.Kinds) == 0,
	} {
		if missing {
			errs = append(errs, fmt.Errorf("%s: none given", what))
		}
	}
	if c.Slots < 1 || c.Slots > MaxSlots {
		errs = append(errs, fmt.Errorf("slots is %d, want 1..%d", c.Slots, MaxSlots))
	}
	if c.DrainSeconds < 0 || c.DrainSeconds > MaxDrainSeconds {
		errs = append(errs, fmt.Errorf("drain seconds is %d, want 0..%d", c.DrainSeconds, MaxDrainSeconds))
	}
	if c.IdleSeconds < 0 || c.IdleSeconds > MaxIdleSeconds {
		errs = append(errs, fmt.Errorf("idle seconds is %d, want 0..%d", c.IdleSeconds, MaxIdleSeconds))
	}
	if c.IdleSeconds > 0 && (c.Group == nil || !c.Group.Caps().LeavesInService) {
		errs = append(errs, fmt.Errorf("idle seconds is %d, want 0 for a machine that is in no group which it could leave", c.IdleSeconds))
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	c.Log = c.Log.With("worker", c.Name)
	return c
}

// worker is a running worker.
type worker struct {
	Config
	// handlers is the context that jobs run in; interrupt ends it.
	handlers  context.Context
	interrupt context.CancelCauseFunc
	// settling is the context in which the queue is told how jobs ended. It
	// outlives the jobs, so that those that were stopped are handed back.
	settling context.Context
	giveUp   context.CancelFunc
	slots    slots
	// settlers are the places of jobs that have ended and left their slots.
	settlers  slots
	committer committer
	gate      *gate
	guard     *guard
	status    *status
	runs      sync.WaitGroup
	// isTakenAway: the machine's group said that it takes the machine away. Set
	// while the worker drains.
	isTakenAway bool
}

// Run works until ctx ends or the machine is about to be taken away, then
// drains and returns nil. An error means that it could not start or that the
// queue was closed under it, or that jobs had to be left to their leases.
//
// When ctx ends (SIGTERM), no more jobs are received and those running have
// DrainSeconds to finish; then they are cancelled with ErrInterrupted, noted
// as interrupted and released at once. After an interruption notice it is the
// same, but they have no longer than until deadlineMargin before the deadline.
// A kind that ignores its cancelled context for handlerGrace is abandoned.
// A notice by the machine's group has no deadline: the group waits until the
// worker, drained, lets the machine go.
//
// While the volume is full or away, or the queue cannot be reached, the worker
// waits and tries again for ever.
func Run(ctx context.Context, c Config) error {
	if err := c.Check(); err != nil {
		return fmt.Errorf("starting worker %q: %w", c.Name, err)
	}
	w := newWorker(ctx, c.withDefaults())
	defer w.giveUp()
	defer w.interrupt(nil)

	stopStatus := w.keepStatus()
	w.guard.start()
	w.Log.Info("worker started", "slots", c.Slots, "queue", c.Queue.Name(), "volume", c.Volume.URL())
	err := w.work(ctx)
	if statusErr := stopStatus(); statusErr != nil {
		w.Log.Warn("cannot remove the worker's state", "error", statusErr)
	}
	w.guard.finish(w.isTakenAway) // last: the machine may go at once
	w.Log.Info("worker ended", "error", err)
	return err
}

func newWorker(ctx context.Context, c Config) *worker {
	w := &worker{Config: c, slots: newSlots(c.Slots), settlers: newSlots(maxSettling), status: newStatus(c), guard: newGuard(c)}
	base := context.WithoutCancel(ctx)
	w.handlers, w.interrupt = context.WithCancelCause(base)
	w.settling, w.giveUp = context.WithCancel(base)
	// What a job leaves on the volume is written as long as the queue is told.
	w.Volume = c.Volume.WithContext(w.settling)
	w.committer.volume = w.Volume
	w.gate = &gate{volume: w.Volume, log: c.Log, rand: c.Rand, report: w.status.setVolumeProblem}
	return w
}
