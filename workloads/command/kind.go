package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// KindName is the job kind that runs programs.
const KindName = "command"

type kind struct{ options Options }

var _ job.Kind = kind{}

// NewKind makes the job kind "command". Its payload is a Spec and its result a
// Result, which comes also with an error if the program started. Jobs whose
// program or directory is missing are rejected; those whose program fails are
// not. Options.Output is replaced by each task's own.
func NewKind(o Options) job.Kind { return kind{o} }

func (kind) Name() string { return KindName }

func (kind) Check(payload json.RawMessage) error {
	_, err := Parse(payload)
	return err
}

func (k kind) Run(ctx context.Context, task job.Task) (json.RawMessage, error) {
	spec, err := Parse(task.Payload)
	if err != nil {
		return nil, job.Reject(err)
	}
	o := k.options
	o.Output = task.Output
	result, err := Run(ctx, spec, o)
	for _, warning := range result.Warnings {
		task.Log.Warn("command", "warning", warning)
	}
	var unrunnable *UnrunnableError
	if errors.As(err, &unrunnable) {
		return nil, job.Reject(err)
	}
	encoded, encodeErr := json.Marshal(result)
	if encodeErr != nil {
		return nil, errors.Join(err, fmt.Errorf("encoding the result: %w", encodeErr))
	}
	return encoded, err
}
