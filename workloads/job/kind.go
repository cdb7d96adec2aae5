package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
)

// Kind is one sort of work a worker can do. A Kind is a plain library call:
// it knows neither queue nor cloud.
type Kind interface {
	// Name is the job kind it handles, such as "command".
	Name() string
	// Check reports every fault of a payload, joined. It is called when a job
	// is submitted and again before it runs, and must be cheap.
	Check(payload json.RawMessage) error
	// Run does the work and returns the result as JSON. When ctx ends, Run
	// returns soon, with ctx's error or one that wraps it. An error made by
	// Reject means that trying again cannot help.
	Run(ctx context.Context, task Task) (json.RawMessage, error)
}

// Task is what a Kind is given to run.
type Task struct {
	ID      string
	Payload json.RawMessage
	// Log takes what the job has to say; it ends up in the job's log on the
	// volume, each line with job, attempt and worker.
	Log *slog.Logger
	// Output takes raw output, such as that of a program; it ends up in the
	// same log. Safe for concurrent use.
	Output io.Writer
	// Files is the folder of users' files on the worker's volume, which no path
	// given to it leaves; nil where the worker has none.
	Files *os.Root
	// Checkpoint is the job's; nil where nothing keeps one.
	Checkpoint Checkpoint
}

// rejection marks an error that trying again cannot mend.
type rejection struct{ error }

func (r rejection) Unwrap() error { return r.error }

// Reject marks err as one that trying again cannot mend, so that the job is
// dead-lettered at once. Reject(nil) is nil.
func Reject(err error) error {
	if err == nil {
		return nil
	}
	return rejection{err}
}

// IsRejected reports whether err was made by Reject.
func IsRejected(err error) bool {
	var r rejection
	return errors.As(err, &r)
}

// Kinds is the set of kinds a worker knows, by name.
type Kinds map[string]Kind

// NewKinds makes the set. Two kinds of one name are a programming error, and
// the later wins.
func NewKinds(kinds ...Kind) Kinds {
	set := Kinds{}
	for _, k := range kinds {
		set[k.Name()] = k
	}
	return set
}

// Get finds a kind, or says which there are.
func (ks Kinds) Get(name string) (Kind, error) {
	if k, ok := ks[name]; ok {
		return k, nil
	}
	names := slices.Sorted(maps.Keys(ks))
	return nil, Reject(fmt.Errorf("unknown job kind %q, this grid knows %s", name, strings.Join(names, ", ")))
}

// CheckPayload reports every fault of a job whose kind must be known.
func (ks Kinds) CheckPayload(j Job) error {
	k, err := ks.Get(j.Kind)
	if err != nil {
		return err
	}
	if err := k.Check(j.Payload); err != nil {
		return Reject(fmt.Errorf("payload of kind %q: %w", j.Kind, err))
	}
	return nil
}
