package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// KindName is the job kind that runs programs.
const KindName = "command"

type kind struct{ options Options }

var _ job.Kind = kind{}

// NewKind makes the job kind "command". Its payload is a Spec and its result a
// Result, which comes also with an error if the program started.
//
// Rejected are jobs whose program, directory or secret is missing, and those
// whose program met a limit for certain: limits are part of the job, which
// would meet them again. Those whose program fails otherwise are tried again.
//
// Output, Files and OutputFolder of the options are replaced by each task's own.
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
	o.Output, o.Files, o.OutputFolder = task.Output, task.Files, path.Join("outputs", task.ID)
	result, err := Run(ctx, spec, o)
	for _, warning := range result.Warnings {
		task.Log.Warn("command", "warning", warning)
	}
	if err != nil {
		task.Log.Error("command failed", "cause", err.Error())
	}
	if errors.As(err, new(*UnrunnableError)) {
		return nil, job.Reject(err)
	}
	encoded, encodeErr := json.Marshal(result)
	if encodeErr != nil {
		return nil, errors.Join(err, fmt.Errorf("encoding the result: %w", encodeErr))
	}
	if errors.As(err, new(*LimitError)) {
		err = job.Reject(err)
	}
	return encoded, err
}
