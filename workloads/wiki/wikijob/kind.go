package wikijob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/wiki"
)

// KindName is the job kind that asks Wikipedia.
const KindName = "wiki"

// KindOptions are what the worker decides about its wiki jobs.
type KindOptions struct {
	// Wiki is how Wikipedia is asked, but for the pace, which is the payload's;
	// default wiki.OptionsFrom the worker's environment.
	Wiki *wiki.Options
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Result is the result of a job of kind "wiki".
type Result struct {
	// Entities that were asked for; the counts add up to it, but for Cached.
	Entities int `json:"entities"`
	Counts
	// Resumed are the entities that earlier attempts had done.
	Resumed int `json:"resumed"`
	// Output is the file with a Line for each entity, below the volume's files.
	Output string `json:"output"`
	// Seconds that this attempt took.
	Seconds float64 `json:"seconds"`
}

type kind struct{ options KindOptions }

var _ job.Kind = kind{}

// NewKind makes the job kind "wiki". Its payload is a Payload and its result a
// Result. Entities that are missing or of no use are data in the output. A
// Wikipedia that cannot be asked fails the attempt, and the next one goes on
// with the entities that were not done.
func NewKind(o KindOptions) job.Kind {
	if o.Wiki == nil {
		options := wiki.OptionsFrom(os.Getenv)
		o.Wiki = &options
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return kind{o}
}

func (kind) Name() string { return KindName }

func (kind) Check(payload json.RawMessage) error {
	_, err := Parse(payload)
	return err
}

var errNoFiles = errors.New("this worker's volume has no folder of users' files, and the job's sentences go there")

func (k kind) Run(ctx context.Context, task job.Task) (json.RawMessage, error) {
	begun := k.options.Now()
	payload, err := Parse(task.Payload)
	if err != nil {
		return nil, job.Reject(err)
	}
	if task.Files == nil {
		return nil, job.Reject(errNoFiles)
	}
	options := *k.options.Wiki
	options.PerSecond = payload.PerSecond
	client, err := wiki.NewClient(options)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	all, err := load(ctx, task, payload)
	if err != nil {
		return nil, err
	}
	r := &run{
		task: task, payload: payload, client: client, now: k.options.Now, all: all,
		cache: &cache{root: task.Files, maxAge: time.Duration(payload.CacheHours) * time.Hour, now: k.options.Now},
	}
	result, err := r.run(ctx)
	if err != nil {
		return nil, err
	}
	result.Seconds = k.options.Now().Sub(begun).Seconds()
	encoded, err := json.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("encoding the result: %w", err)
	}
	return encoded, nil
}

// begin finds out what earlier attempts did and opens this one's file.
func (r *run) begin(ctx context.Context) error {
	var err error
	if r.state, err = loadSaved(ctx, r.task, r.all); err != nil {
		return err
	}
	r.output, err = newOutput(r.task.Files, r.payload.Output, r.task.ID, r.state.Part, r.state.Bytes)
	if errors.Is(err, fs.ErrNotExist) {
		r.task.Log.Warn("what an earlier attempt wrote is gone, beginning anew", "error", err)
		r.state = saved{Version: checkpointVersion, Digest: r.all.digest}
		r.output, err = newOutput(r.task.Files, r.payload.Output, r.task.ID, "", 0)
	}
	if err != nil {
		return err
	}
	if err := r.state.save(ctx, r.task.Checkpoint, r.output); err != nil {
		r.output.leave()
		return err
	}
	return r.output.removeOthers(r.task.ID)
}
