package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
)

// letterWait is how long an empty dead-letter queue is listened to.
const letterWait = 300 * time.Millisecond

// letter is one dead letter, held under a lease.
type letter struct {
	delivery queue.Delivery
	job      job.Job
	err      error // the letter is no job
}

// readLetters receives every dead letter there is. Whoever reads them releases
// or acknowledges them; if it dies, their lease ends.
func readLetters(ctx context.Context, dead *queue.Queue) ([]letter, error) {
	var letters []letter
	for {
		got, err := dead.Receive(ctx, dead.Caps().MaxBatch, letterWait)
		if err != nil {
			releaseLetters(ctx, dead, letters)
			return nil, fmt.Errorf("reading dead letters: %w", err)
		}
		if len(got) == 0 {
			return letters, nil
		}
		for _, d := range got {
			l := letter{delivery: d}
			l.job, l.err = job.Decode(d.Body)
			letters = append(letters, l)
		}
	}
}

// releaseLetters puts letters back. One that cannot be comes back by itself
// when its lease ends.
func releaseLetters(ctx context.Context, dead *queue.Queue, letters []letter) {
	for _, l := range letters {
		dead.Release(context.WithoutCancel(ctx), l.delivery, 0)
	}
}

// lastAttempt is how the job ended, as far as anybody wrote it down.
func (l letter) lastAttempt() job.Attempt {
	if n := len(l.job.Attempts); n > 0 {
		return l.job.Attempts[n-1]
	}
	return job.Attempt{Outcome: job.Lost, Cause: "the queue gave it up: it was handed out as often as allowed, and no worker lived to say why"}
}

// id is the job's, or a word for a letter that is no job.
func (l letter) id() string {
	if l.err != nil {
		return "(unreadable)"
	}
	return l.job.ID
}
