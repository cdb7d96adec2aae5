package wikijob

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/wiki"
)

const (
	// aheadFactor is how many entities per request at a time may be done before
	// the one that is written next, so that a slow one holds up nobody.
	aheadFactor = 8
	// maxFailedInARow is how many answers of no use, one after the other, fail
	// the attempt: it is not the entities then.
	maxFailedInARow = 20
)

// run is one attempt.
type run struct {
	task    job.Task
	payload Payload
	client  *wiki.Client
	cache   *cache
	now     func() time.Time
	all     entities

	output *output
	state  saved
	// failedInARow counts the last lines that failed, and lastFailure is why.
	failedInARow      int
	lastFailure       string
	lastSave, lastLog time.Time
	cacheComplaint    sync.Once
}

func (r *run) run(ctx context.Context) (Result, error) {
	if err := r.begin(ctx); err != nil {
		return Result{}, err
	}
	resumed := r.state.Done
	r.task.Log.Info("asking Wikipedia", "entities", len(r.all.names), "done_before", resumed, "lang", r.payload.Lang)
	r.lastSave, r.lastLog = r.now(), r.now()
	if err := r.askAll(ctx); err != nil {
		r.output.leave()
		return Result{}, err
	}
	if c := r.state.Counts; c.Failed > 0 && c.answered() == 0 {
		r.output.leave()
		return Result{}, fmt.Errorf("none of %d entities was answered, the last: %s", len(r.all.names), r.lastFailure)
	}
	name, err := r.output.finish()
	if err != nil {
		return Result{}, err
	}
	return Result{Entities: len(r.all.names), Counts: r.state.Counts, Resumed: resumed, Output: name}, nil
}

// pending is a line on its way.
type pending chan struct {
	line Line
	err  error
}

// askAll asks for the entities that are not done, some at a time, and writes
// their lines in order.
func (r *run) askAll(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ahead := make(chan pending, aheadFactor*r.payload.Concurrency)
	asked := make(chan struct{})
	left := r.all.names[r.state.Done:]
	go func() {
		defer close(asked)
		defer close(ahead)
		r.askAhead(ctx, left, ahead)
	}()
	err := r.writeLines(ctx, ahead)
	cancel()
	<-asked
	return err
}

// askAhead begins to ask for each entity, in order, until ctx ends.
func (r *run) askAhead(ctx context.Context, entities []string, ahead chan<- pending) {
	var group errgroup.Group
	group.SetLimit(r.payload.Concurrency)
	for _, entity := range entities {
		p := make(pending, 1)
		select {
		case ahead <- p:
		case <-ctx.Done():
			_ = group.Wait() // errors are with the lines
			return
		}
		group.Go(func() error {
			line, err := r.ask(ctx, entity)
			p <- struct {
				line Line
				err  error
			}{line, err}
			return nil
		})
	}
	_ = group.Wait() // errors are with the lines
}

// ask asks for one entity, the cache first.
func (r *run) ask(ctx context.Context, entity string) (Line, error) {
	request, err := wiki.Request{Entity: entity, Lang: r.payload.Lang}.Normalized()
	if err != nil {
		return newLine(entity, wiki.Answer{}, err)
	}
	if answer, err, ok := r.cache.get(request); ok {
		line, err := newLine(entity, answer, err)
		line.isCached = true
		return line, err
	}
	answer, err := r.client.Lookup(ctx, request)
	if ctx.Err() != nil { // or half an answer would be kept
		return Line{}, context.Cause(ctx)
	}
	if err := r.cache.put(request, answer, err); err != nil {
		r.cacheComplaint.Do(func() { r.task.Log.Warn("the cache takes nothing, going on without", "error", err) })
	}
	return newLine(entity, answer, err)
}

// writeLines writes lines as they come due, and saves now and then.
func (r *run) writeLines(ctx context.Context, ahead <-chan pending) error {
	for p := range ahead {
		result := <-p
		if result.err != nil {
			return fmt.Errorf("asking for entity %d of %d: %w", r.state.Done+1, len(r.all.names), result.err)
		}
		if err := r.write(ctx, result.line); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

func (r *run) write(ctx context.Context, line Line) error {
	if err := r.output.add(line); err != nil {
		return err
	}
	r.state.Done++
	r.state.Counts.add(line)
	switch line.Status {
	case Failed:
		r.failedInARow, r.lastFailure = r.failedInARow+1, line.Error
		if r.failedInARow == maxFailedInARow {
			return fmt.Errorf("%d entities in a row were not answered, the last: %s", maxFailedInARow, line.Error)
		}
		return nil // not saved: if more follow, they are asked for again
	case Invalid:
		if r.failedInARow > 0 {
			return nil
		}
	default:
		r.failedInARow = 0
	}
	return r.saveNowAndThen(ctx)
}

func (r *run) saveNowAndThen(ctx context.Context) error {
	now := r.now()
	if now.Sub(r.lastLog) >= logEvery {
		r.task.Log.Info("entities", "done", r.state.Done, "of", len(r.all.names), "found", r.state.Counts.Found)
		r.lastLog = now
	}
	if now.Sub(r.lastSave) < checkpointEvery {
		return nil
	}
	if err := r.state.save(ctx, r.task.Checkpoint, r.output); err != nil {
		return err
	}
	r.lastSave = r.now()
	return nil
}
