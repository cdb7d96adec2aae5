package volume

import (
	"context"
	"io"
	"iter"
	"time"
)

// store is where the files of a volume lie. A key is a file's path relative to
// the volume, with slashes, made of checked IDs. Errors of writes are ErrFull or
// ErrUnavailable where the storage is to blame; reads of what is not there fail
// with fs.ErrNotExist.
type store interface {
	// putOnce makes the file hold data unless there is one, and reports whether it
	// was this call that made it. Without an error the file is durable, whoever
	// made it.
	putOnce(ctx context.Context, key string, data []byte) (first bool, err error)
	// commit is putOnce for many keys, each for itself: it fills in the outcomes.
	commit(ctx context.Context, entries []*entry)
	// replace makes the file hold data, whatever it held before. Readers see the
	// old content or the new, never a part.
	replace(ctx context.Context, key string, data []byte, d durability) error
	// get reads a file.
	get(ctx context.Context, key string) ([]byte, error)
	// open reads a file of any size, as it goes.
	open(ctx context.Context, key string) (io.ReadCloser, error)
	// has tells whether there is a file. With isDurable it stays there.
	has(ctx context.Context, key string, d durability) (bool, error)
	// list yields the keys of all files below a folder, in no order. After an
	// error others may follow.
	list(ctx context.Context, folder string) iter.Seq2[string, error]
	// remove removes a file. It is nil if there is none.
	remove(ctx context.Context, key string) error
	// removeBelow removes a folder with all that is in it; nil if there is none.
	removeBelow(ctx context.Context, folder string) error

	// createLog makes a file that grows, or appends to the one there is.
	createLog(ctx context.Context, key string) (io.WriteCloser, error)
	// openLog reads what was appended.
	openLog(ctx context.Context, key string) (io.ReadCloser, error)
	// tailLog reads the last maxBytes and reports whether more precedes them.
	tailLog(ctx context.Context, key string, maxBytes int64) (text []byte, isCut bool, err error)

	// probe tells whether the storage takes writes now.
	probe(ctx context.Context) error
	// sweep removes what writers that died before a time left half-made.
	sweep(before time.Time) (removed int, err error)
	// readsAtOnce is how many reads are best made at a time.
	readsAtOnce() int
}

// durability is what a write, or a look, is worth.
type durability bool

const (
	isDurable durability = true  // survives a loss of power
	isVisible durability = false // others see it, which is enough
)

// entry is one file of a commit.
type entry struct {
	*Commit
	key  string
	data []byte
	// isSettled: the file is there, or cannot be made.
	isSettled bool
}
