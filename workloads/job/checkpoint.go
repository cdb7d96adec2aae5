package job

import "context"

// Checkpoint keeps what a job needs to go on where an earlier attempt of it
// was interrupted. There is one for each job. An attempt that lost its lease
// and does not know it yet may save after the one that took over: what is kept
// is then older, never broken.
type Checkpoint interface {
	// Load returns what was saved last, by whichever attempt; nil if nothing was.
	Load(ctx context.Context) ([]byte, error)
	// Save keeps data, durably and as a whole, in place of what was kept. It is
	// removed once the job has its result or is given up.
	Save(ctx context.Context, data []byte) error
}
