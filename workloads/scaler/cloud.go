package scaler

import (
	"context"
	"time"
)

// Cloud is what a scaler needs of one cloud. Implementations do not retry: the
// next tick does.
type Cloud interface {
	// CheckQueue and CheckGroup say what is wrong with a URL. They call nothing.
	CheckQueue(url string) error
	CheckGroup(url string) error
	// Backlog are the counts of a queue's jobs since then, in any order: those that
	// wait and those that run. None means that nobody counted, which is not zero.
	Backlog(ctx context.Context, queue string, since time.Time) ([]Point, error)
	// Size is how large a group is and should be.
	Size(ctx context.Context, group string) (Size, error)
	// Failures are when a group first and last failed to start a machine since
	// then; zero times: never.
	Failures(ctx context.Context, group string, since time.Time) (first, last time.Time, err error)
	// Resize sets how many machines a group should have. If those are fewer than it
	// has, it ends some, running or not.
	Resize(ctx context.Context, group string, size int) error
	// Cancel asks a group for so many machines less, of those that it has not
	// started yet, and says for how many: fewer if there are not so many. It ends
	// none that runs.
	Cancel(ctx context.Context, group string, count int) (int, error)
}

// Point is a count of a queue's jobs.
type Point struct {
	At   time.Time
	Jobs int
}

// Size is how large a group is and should be.
type Size struct {
	Target  int `json:"target"`
	Running int `json:"running"`
}
