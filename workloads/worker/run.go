package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

var (
	errTimedOut = errors.New("the attempt ran into its time limit")
	errGone     = errors.New("the job's kind ended its goroutine")
	errDeaf     = fmt.Errorf("the job's kind did not return within %s of its end", handlerGrace)
)

// run is one delivery on its way through the worker.
type run struct {
	w        *worker
	delivery queue.Delivery
	// unhold ends the heartbeat.
	unhold func()
	// settled is set by whoever decides how the run ends: the kind that
	// returns, or the worker that has waited for it long enough.
	settled atomic.Bool
	// place is what the run occupies while it is settled.
	place slots

	job job.Job
	// number of this attempt. It goes on from base, the last attempt that the
	// envelope carries from before it was sent again.
	number, base int
	// prior are the attempts recorded since base.
	prior     []job.Attempt
	log       *jobLog
	startedAt time.Time
	// checkpoint is nil for a message that is no job.
	checkpoint *checkpoint
}

// start runs a delivery in a slot that was taken for it.
func (w *worker) start(d queue.Delivery) {
	w.runs.Add(1)
	w.guard.begin()
	go w.handle(d)
}

func (w *worker) handle(d queue.Delivery) {
	ctx, unhold := w.hold(d)
	r := &run{w: w, delivery: d, unhold: unhold, startedAt: w.Now()}
	j, err := job.Decode(d.Body)
	if err != nil {
		r.conclude(func() { r.buryUndecodable(err) })
		return
	}
	r.take(j)
	w.status.begin(r)
	if d.Number > 1 {
		if over := r.lookBack(); over != nil {
			r.conclude(over)
			return
		}
	}
	r.execute(ctx)
}

// take notes the job and the number of this attempt.
func (r *run) take(j job.Job) {
	r.job = j
	for _, a := range j.Attempts {
		r.base = max(r.base, a.Number)
	}
	r.number = r.base + r.delivery.Number
	r.log = newJobLog(r)
	r.checkpoint = &checkpoint{volume: r.w.Volume, id: j.ID}
}

// lookBack reads what earlier deliveries left. It returns what to do when
// there is nothing left to run. A first delivery has no past: there the
// exclusive commit alone guards against a second result.
func (r *run) lookBack() (over func()) {
	done, err := r.w.Volume.ConfirmResult(r.job.ID)
	if err != nil {
		return func() { r.giveBack(err) }
	}
	if done {
		r.checkpoint.isUsed.Store(true) // by whoever committed, perhaps
		return r.ack
	}
	attempts, err := r.w.Volume.Attempts(r.job.ID)
	if err != nil {
		r.w.Log.Warn("some earlier attempts cannot be read", "job", r.job.ID, "error", err)
	}
	// Others are from before the job was sent again.
	r.prior = slices.DeleteFunc(attempts, func(a job.Attempt) bool { return a.Number <= r.base || a.Number >= r.number })
	if len(r.prior) > 0 && r.isOver(r.prior) {
		return func() { r.bury(r.lastEnding()) } // it ended just before it was buried
	}
	return nil
}

// isOver reports whether the job has no attempt left.
func (r *run) isOver(attempts []job.Attempt) bool {
	return attempts[len(attempts)-1].Outcome == job.Rejected ||
		job.CountedAttempts(attempts) >= r.job.Limits.AttemptsAllowed()
}

// execute runs the kind and settles how it ended.
func (r *run) execute(ctx context.Context) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.job.Limits.Timeout(), errTimedOut)
	defer cancel()
	settle := func(result json.RawMessage, err error) {
		r.conclude(func() { r.settle(endingOf(ctx, result, err)) })
	}
	defer settle(nil, errGone) // has no effect after the one below
	unwatch := context.AfterFunc(ctx, func() {
		time.AfterFunc(handlerGrace, func() { settle(nil, errDeaf) })
	})
	// Opened for each job: an open folder of a share that went stale stays stale.
	files, err := r.w.Volume.Files()
	switch {
	case errors.Is(err, volume.ErrNoFiles): // then the job has none
	case err != nil:
		unwatch()
		r.conclude(func() { r.giveBack(err) })
		return
	default:
		defer files.Close()
	}
	result, err := r.invoke(ctx, files)
	unwatch()
	settle(result, err)
}

// invoke checks the job and calls its kind. A panic becomes an error.
func (r *run) invoke(ctx context.Context, files *os.Root) (result json.RawMessage, err error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err := r.w.Kinds.CheckPayload(r.job); err != nil {
		return nil, err
	}
	kind, err := r.w.Kinds.Get(r.job.Kind)
	if err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the job's kind panicked: %v", p)
			r.log.logger.Error("panic", "value", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	result, err = kind.Run(ctx, job.Task{
		ID: r.job.ID, Payload: r.job.Payload, Log: r.log.logger, Output: r.log,
		Files: files, Checkpoint: r.checkpoint,
	})
	if len(result) > 0 && !json.Valid(result) {
		return nil, errors.Join(err, errors.New("the job's kind returned a result that is not JSON"))
	}
	return result, err
}

// conclude ends the run once, frees its slot and counts it out.
func (r *run) conclude(settle func()) {
	if !r.settled.CompareAndSwap(false, true) {
		return
	}
	r.place = r.w.slots
	defer r.w.runs.Done()
	defer r.w.guard.end()
	defer func() { r.place.give(1) }()
	defer r.w.status.end(r)
	defer r.unhold()
	settle()
}

// leaveSlot frees the slot before the run is over, once there is a place among
// those that are settled. The job is not shown as running any more.
func (r *run) leaveSlot() {
	<-r.w.settlers
	r.place.give(1)
	r.place = r.w.settlers
	r.w.status.end(r)
}
