package photojob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/vision"
)

// KindName is the job kind that looks at photos.
const KindName = "vision"

// KindOptions are what the worker decides about its vision jobs.
type KindOptions struct {
	// Threads is how many photos of a job are looked at at a time: default
	// GOMAXPROCS.
	Threads int
	// PhotoBytes is the most memory that reading one photo may take, its file
	// included: default vision.DefaultDecodeBytes. A photo that needs more is one
	// that could not be read. Looking at it takes up to stepBytes more for each
	// pixel of the shrunk photo: 30 MiB at the default long side, 480 MiB at the
	// largest. A job holds at most Threads times both, beside what is known of
	// its photos.
	PhotoBytes int
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// stepBytes is what all steps take together for a pixel of a picture that is
// made to cost: noise of two colors took 23 (found by trying).
const stepBytes = 30

func (o KindOptions) withDefaults() KindOptions {
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.PhotoBytes == 0 {
		o.PhotoBytes = vision.DefaultDecodeBytes
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

type kind struct{ options KindOptions }

var _ job.Kind = kind{}

// NewKind makes the job kind "vision". Its payload is a Payload and its result
// a Result. Photos that cannot be read are data in the result, with their
// errors; a job of which no photo can be read is rejected, as is one that names
// none. An error of the volume fails the attempt, and the next one goes on with
// the photos that were not done.
func NewKind(o KindOptions) job.Kind { return kind{o.withDefaults()} }

func (kind) Name() string { return KindName }

func (kind) Check(payload json.RawMessage) error {
	_, err := Parse(payload)
	return err
}

func (k kind) Run(ctx context.Context, task job.Task) (json.RawMessage, error) {
	begun := k.options.Now()
	payload, err := Parse(task.Payload)
	if err != nil {
		return nil, job.Reject(err)
	}
	if task.Files == nil {
		return nil, job.Reject(errNoFiles)
	}
	faces, err := vision.NewFaceFinder()
	if err != nil {
		return nil, err
	}
	r := &run{task: task, looker: looker{
		payload: payload, root: task.Files, output: newOutput(task.Files, payload.Output), faces: faces, photoBytes: k.options.PhotoBytes,
	}}
	if r.progress, err = loadProgress(ctx, task, r.looker.output, k.options.Now); err != nil {
		return nil, err
	}
	result, err := r.run(ctx, k.options.Threads)
	if err != nil {
		return nil, err
	}
	result.Seconds = k.options.Now().Sub(begun).Seconds()
	return encode(result)
}

var errNoFiles = errors.New("this worker's volume has no folder of users' files, and the job's photos are there")

func encode(result any) (json.RawMessage, error) {
	encoded, err := json.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("encoding the result: %w", err)
	}
	return encoded, nil
}

// run is one attempt.
type run struct {
	task     job.Task
	looker   looker
	progress *progress
}

func (r *run) run(ctx context.Context, threads int) (Result, error) {
	state := &r.progress.state
	if len(state.Files) == 0 {
		var err error
		if state.Files, err = list(ctx, r.task.Files, r.looker.payload.Files, MaxPhotos); err != nil {
			if ctx.Err() == nil {
				err = job.Reject(err)
			}
			return Result{}, err
		}
	}
	resumed := len(state.Done)
	r.task.Log.Info("looking at photos", "files", len(state.Files), "done_before", resumed)
	if err := r.lookAtAll(ctx, state.Files, threads); err != nil {
		return Result{}, err
	}
	result := newResult(r.progress.photos())
	result.Resumed = resumed
	if result.Read == 0 {
		return Result{}, job.Reject(fmt.Errorf("none of %d photos could be read, the first is %q: %s", result.Failed, result.Photos[0].File, result.Photos[0].Error))
	}
	var err error
	result.Index, err = r.writeIndex(result.Photos)
	return result, err
}

// lookAtAll looks at the photos that are not done, some at a time.
func (r *run) lookAtAll(ctx context.Context, files []string, threads int) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(threads)
	for i, file := range files {
		if groupCtx.Err() != nil {
			break
		}
		if _, ok := r.progress.done(i); ok {
			continue
		}
		group.Go(func() error {
			photo, err := r.looker.look(file)
			if err != nil {
				return err
			}
			return r.progress.add(groupCtx, r.task.Log, i, photo)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// writeIndex writes what is known to the output folder, if there is one.
func (r *run) writeIndex(photos []Photo) (string, error) {
	if r.looker.payload.Output == "" {
		return "", nil
	}
	data, err := encodeIndex(photos)
	if err != nil {
		return "", err
	}
	name, err := r.looker.output.put("index/"+r.task.ID+".jsonl", data)
	if err != nil {
		return "", err
	}
	return name, r.looker.output.settle()
}
