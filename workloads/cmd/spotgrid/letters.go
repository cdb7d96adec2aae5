package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
)

// How long an empty dead-letter queue is listened to.
const (
	letterWaitLocal = 300 * time.Millisecond
	// letterWaitCloud is long enough for one call that asks all of the
	// service's machines: SQS asks only some if it may not wait a second
	// ("Amazon SQS short and long polling"), Pub/Sub answers with what it finds
	// at once, and is asked again within this time if that is nothing.
	letterWaitCloud = 2 * time.Second
)

// letter is one dead letter, held under a lease.
type letter struct {
	delivery queue.Delivery
	job      job.Job
	err      error // the letter is no job
}

// readLetters receives every dead letter there is. Whoever reads them releases
// or acknowledges them; if it dies, their lease ends.
func (s *session) readLetters(ctx context.Context) ([]letter, error) {
	dead, wait := s.dead, letterWaitCloud
	if s.grid.Target == targetLocal {
		wait = letterWaitLocal
	}
	var letters []letter
	for {
		got, err := dead.Receive(ctx, dead.Caps().MaxBatch, wait)
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
