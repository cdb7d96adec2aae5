package worker

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// maxCauseBytes keeps records and dead letters small.
const maxCauseBytes = 2000

// ending is how an attempt ended.
type ending struct {
	outcome job.Outcome
	result  json.RawMessage
	cause   string
	// leaseLost: another worker may hold the job.
	leaseLost bool
}

// endingOf tells how the attempt ended that returned result and err. What is
// finished counts as finished, even if ctx ended meanwhile.
func endingOf(ctx context.Context, result json.RawMessage, err error) ending {
	cause := context.Cause(ctx)
	e := ending{result: result, leaseLost: errors.Is(cause, queue.ErrLeaseLost)}
	switch {
	case err == nil:
		e.outcome = job.Succeeded
		return e
	case job.IsRejected(err):
		e.outcome = job.Rejected
	case errors.Is(cause, ErrInterrupted):
		e.outcome, err = job.Interrupted, cause
	case errors.Is(cause, errTimedOut):
		e.outcome = job.TimedOut
		if errors.Is(err, context.DeadlineExceeded) {
			err = cause
		}
	default:
		e.outcome = job.Failed
	}
	e.cause = cut(err.Error(), maxCauseBytes)
	return e
}

// settle records the attempt and tells the queue.
func (r *run) settle(e ending) {
	if e.outcome == job.Succeeded {
		r.succeed(e)
		return
	}
	if e.leaseLost {
		r.log.close()
		r.w.Log.Warn("lease lost, the job runs elsewhere", "job", r.job.ID, "attempt", r.number)
		return
	}
	r.fail(e)
}

// succeed commits the result and only then acknowledges. Meanwhile the slot is
// free for another job.
func (r *run) succeed(e ending) {
	r.log.close()
	record := r.record(e, r.attempt(e))
	r.leaveSlot()
	commit := r.w.committer.commit(record)
	if commit.Err != nil {
		r.giveBack(commit.Err)
		return
	}
	if commit.First {
		r.w.status.countDone()
	} else {
		r.w.Log.Info("the job had a result already", "job", r.job.ID, "attempt", r.number)
	}
	if !e.leaseLost {
		r.ack()
	}
}

// fail records the attempt, then releases or buries the job.
func (r *run) fail(e ending) {
	attempt := r.attempt(e)
	r.log.logger.Error("attempt "+string(e.outcome), "cause", e.cause)
	r.log.close()
	r.w.Log.Warn("attempt did not succeed", "job", r.job.ID, "attempt", r.number, "outcome", e.outcome, "cause", e.cause)
	if err := r.w.Volume.WriteAttempt(r.job.ID, attempt); err != nil {
		r.giveBack(err)
		return
	}
	if e.outcome == job.Interrupted {
		r.release(0)
		return
	}
	r.w.status.countFailed()
	if all := append(slices.Clip(r.prior), attempt); r.isOver(all) {
		r.bury(e, attempt)
	} else {
		r.release(backoff(job.CountedAttempts(all), minRetryDelay, maxRetryDelay, r.w.Rand()))
	}
}

// attempt is the record of this attempt.
func (r *run) attempt(e ending) job.Attempt {
	a := job.Attempt{
		Number: r.number, Worker: r.w.Name, StartedAt: r.startedAt.UTC(), EndedAt: r.w.Now().UTC(),
		Outcome: e.outcome, Cause: e.cause,
	}
	if e.outcome != job.Succeeded {
		a.LogTail = r.log.lastLines()
	}
	return a
}

// record is the record of the job, whose last attempt is last.
func (r *run) record(e ending, last job.Attempt) volume.Record {
	rec := volume.Record{
		JobID: r.job.ID, Batch: r.job.Batch, Kind: r.job.Kind, Outcome: e.outcome, Result: e.result, Cause: e.cause,
		Attempts: r.history(last), Worker: last.Worker,
		StartedAt: last.StartedAt, EndedAt: last.EndedAt, Seconds: last.Seconds(),
	}
	if last.Number == r.number && r.log.isUsed() {
		rec.Log = volume.LogPath(r.job.ID, r.number)
	}
	return rec
}

// history is every attempt up to last, those that vanished filled in.
func (r *run) history(last job.Attempt) []job.Attempt {
	all := slices.Clone(r.job.Attempts)
	known := append(slices.Clip(r.prior), last)
	next := r.base + 1
	for _, a := range known {
		for ; next < a.Number; next++ {
			all = append(all, job.Attempt{Number: next, Outcome: job.Lost,
				Cause: "it left no record: its worker was killed, lost the lease or could not write to the volume"})
		}
		if a.Number == next {
			all = append(all, a)
			next++
		}
	}
	return all
}

// giveBack releases a job that the volume could not take the outcome of.
func (r *run) giveBack(err error) {
	if r.log != nil {
		r.log.close()
	}
	r.w.gate.fail(err)
	r.release(troubleDelay)
}

// ack ends the job in the queue. A failure costs nothing but a look at the
// volume: the job comes back, is found done and acknowledged again.
func (r *run) ack() {
	r.unhold()
	r.dropCheckpoint()
	if err := r.w.Queue.Ack(r.w.settling, r.delivery); err != nil {
		r.w.Log.Warn("job could not be acknowledged, it will be when it comes back", "job", r.job.ID, "error", err)
	}
}

// release gives the job back. If that fails its lease runs out.
func (r *run) release(delay time.Duration) {
	r.unhold()
	if err := r.w.Queue.Release(r.w.settling, r.delivery, delay); err != nil {
		r.w.Log.Warn("job could not be released, it comes back when its lease runs out", "job", r.job.ID, "error", err)
	}
}
