package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spotgrid/spotgrid/workloads/interrupt"
)

// ErrInterrupted is the cause of a job's context that ended because the
// worker has to stop. It is not the job's fault.
var ErrInterrupted = errors.New("the worker was interrupted")

// work receives and runs jobs until something ends it, then drains.
func (w *worker) work(ctx context.Context) error {
	receiving, stop := context.WithCancel(ctx)
	defer stop()
	watching, unwatch := context.WithCancel(w.settling)
	defer unwatch()
	var notices <-chan interrupt.Notice
	if w.Interrupts != nil {
		notices = w.Interrupts.Watch(watching)
	}
	var failure error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		failure = w.receive(receiving)
		stop()
		w.runs.Wait()
	}()

	d := drain{worker: w, notices: notices, ended: ended}
	select {
	case <-receiving.Done(): // asked to stop, or the queue was closed
		d.reason = "asked to stop"
		d.patience = time.Duration(w.DrainSeconds) * time.Second
	case n, ok := <-notices:
		if !ok {
			n = interrupt.Notice{Action: "stop", Deadline: w.Now(), Source: "a source of notices that ended"}
		}
		d.notice(n)
	}
	stop()
	if err := d.run(); err != nil {
		return err
	}
	return failure
}

// drain is the end of a worker.
type drain struct {
	*worker
	notices  <-chan interrupt.Notice
	ended    <-chan struct{}
	reason   string
	patience time.Duration
}

// notice sets reason and patience from an interruption notice.
func (d *drain) notice(n interrupt.Notice) {
	d.note(n)
	d.reason, d.patience = d.consequence(n)
}

// note remembers who takes the machine away.
func (d *drain) note(n interrupt.Notice) {
	d.isTakenAway = d.isTakenAway || n.Source == interrupt.SourceGroup
}

// consequence is what an interruption notice means for the running jobs.
func (d *drain) consequence(n interrupt.Notice) (reason string, patience time.Duration) {
	patience = time.Duration(d.DrainSeconds) * time.Second
	if n.Deadline.IsZero() {
		return fmt.Sprintf("%s, announced by %s", n.Action, n.Source), patience
	}
	reason = fmt.Sprintf("%s at %s, announced by %s", n.Action, n.Deadline.UTC().Format(time.RFC3339), n.Source)
	return reason, min(patience, n.Deadline.Sub(d.Now())-deadlineMargin)
}

// run waits for the running jobs, then cancels them.
func (d *drain) run() error {
	defer d.noteLast()
	d.Log.Info("draining", "reason", d.reason, "patience_seconds", max(0, d.patience.Seconds()), "jobs", len(d.status.jobs()))
	d.status.setDraining(true)
	if d.finish() {
		return nil
	}
	d.interrupt(fmt.Errorf("%w: %s", ErrInterrupted, d.reason))
	if d.endsWithin(handlerGrace + settleLimit) {
		return nil
	}
	d.giveUp()
	if d.endsWithin(time.Second) {
		return nil
	}
	return fmt.Errorf("draining: jobs %q did not end, they come back when their leases run out", d.status.jobs())
}

// noteLast takes a notice that came too late to change anything else.
func (d *drain) noteLast() {
	select {
	case n := <-d.notices:
		d.note(n)
	default:
	}
}

// finish lets the jobs finish while patience lasts and reports whether they
// did. A notice that comes meanwhile may shorten it, never prolong it.
func (d *drain) finish() bool {
	timer := time.NewTimer(d.patience)
	defer timer.Stop()
	end := d.Now().Add(d.patience)
	for {
		select {
		case <-d.ended:
			return true
		case <-timer.C:
			return false
		case n, ok := <-d.notices:
			if !ok {
				d.notices = nil
				continue
			}
			d.note(n)
			reason, patience := d.consequence(n)
			if sooner := d.Now().Add(patience); sooner.Before(end) {
				end, d.reason = sooner, reason
				timer.Reset(patience)
			}
		}
	}
}

func (d *drain) endsWithin(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-d.ended:
		return true
	case <-timer.C:
		return false
	}
}
