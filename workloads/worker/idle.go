package worker

import (
	"context"
	"log/slog"
	"time"

	"github.com/spotgrid/spotgrid/workloads/machinegroup"
)

// idler takes the worker's machine out of its group when there has been nothing
// to do for IdleSeconds, and up to half as long again, so that machines do not all
// look at once.
//
// It belongs to the goroutine that receives jobs and acts between two Receives:
// while it looks, and after the machine has left, no job can come to this worker,
// and what has come counts as a job until it is settled. So no machine leaves that
// has work, whatever the service that counts the backlog believes.
type idler struct {
	*worker
	// after is how long there must have been nothing to do; 0: the machine stays.
	after time.Duration
	// since is since when every Receive came back empty, without an error.
	since time.Time
	// isNeeded and hasFailed: why the machine stays was logged.
	isNeeded, hasFailed bool
}

func newIdler(w *worker) *idler {
	after := time.Duration((1 + w.Rand()/2) * float64(w.IdleSeconds) * float64(time.Second))
	return &idler{worker: w, after: after, since: w.Now()}
}

// received notes how a Receive ended. A queue that cannot be reached is not empty.
func (i *idler) received(jobs int, err error) {
	if jobs > 0 || err != nil {
		i.since = i.Now()
	}
}

// isDue reports whether there has been nothing to do for long enough.
func (i *idler) isDue() bool {
	if i.after == 0 {
		return false
	}
	now := i.Now()
	return now.Sub(i.since) >= i.after && i.guard.idleFor(now) >= i.after
}

// leave takes the machine out of its group if it is due, and waits for its end.
// A machine that cannot leave, or is still there after leftLimit, works on and
// tries again when it has been idle for as long once more.
func (i *idler) leave(ctx context.Context) {
	if !i.isDue() {
		return
	}
	limited, cancel := context.WithTimeout(ctx, leaveLimit)
	err := i.Group.Leave(limited)
	cancel()
	i.since = i.Now()
	switch {
	case ctx.Err() != nil:
	case machinegroup.KindOf(err) == machinegroup.KindAtMinimum:
		i.logOnce(&i.isNeeded, slog.LevelInfo, "idle, but the group needs the machine: it stays", "group", i.Group.Name())
	case err != nil:
		i.logOnce(&i.hasFailed, slog.LevelWarn, "idle, but the machine cannot leave its group: it stays, trying on", "error", err)
	default:
		i.Log.Info("idle, the machine has left its group and ends", "group", i.Group.Name(), "idle_seconds", i.after.Seconds())
		i.status.setDraining(true)
		if pause(ctx, leftLimit) {
			i.Log.Warn("the machine has left its group but does not end: working on", "group", i.Group.Name())
			i.status.setDraining(false)
			i.since = i.Now()
		}
	}
}

func (i *idler) logOnce(done *bool, level slog.Level, message string, more ...any) {
	if !*done {
		i.Log.Log(context.Background(), level, message, more...)
	}
	*done = true
}
