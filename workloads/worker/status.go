package worker

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/spotgrid/spotgrid/workloads/volume"
)

// status is what the worker tells of itself on the volume.
type status struct {
	fixed   volume.Worker
	changed chan struct{}

	mu                          sync.Mutex
	running                     map[*run]struct{}
	done, failed                int64
	volumeProblem, queueProblem error
	draining                    bool
}

func newStatus(c Config) *status {
	return &status{
		fixed:   volume.Worker{Name: c.Name, Slots: c.Slots, PID: os.Getpid(), StartedAt: c.Now().UTC(), PeriodSeconds: int(paceOf(c.Volume).most.Seconds())},
		changed: make(chan struct{}, 1),
		running: map[*run]struct{}{},
	}
}

// signal asks for a write soon.
func (s *status) signal() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *status) begin(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running[r] = struct{}{}
	s.signal()
}

func (s *status) end(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, r)
	s.signal()
}

func (s *status) countDone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
}

func (s *status) countFailed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed++
}

func (s *status) setVolumeProblem(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.volumeProblem = err
	s.signal()
}

func (s *status) setQueueProblem(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queueProblem = err
	s.signal()
}

func (s *status) setDraining(is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = is
	s.signal()
}

// jobs are the IDs of the running jobs, sorted.
func (s *status) jobs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, len(s.running))
	for r := range s.running {
		ids = append(ids, r.job.ID)
	}
	slices.Sort(ids)
	return ids
}

// snapshot is the state as it is written.
func (s *status) snapshot(now time.Time) volume.Worker {
	w := s.fixed
	w.Jobs = s.jobs()
	w.UpdatedAt, w.MemoryBytes = now.UTC(), memoryBytes()
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Done, w.Failed = s.done, s.failed
	switch {
	case s.draining:
		w.State = volume.Draining
	case len(w.Jobs) > 0:
		w.State = volume.Busy
	default:
		w.State = volume.Idle
	}
	if s.volumeProblem != nil {
		w.Problem = s.volumeProblem.Error()
	} else if s.queueProblem != nil {
		w.Problem = s.queueProblem.Error()
	}
	return w
}

// keepStatus writes the state until the returned function is called, which
// removes it from the volume.
func (w *worker) keepStatus() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	var loop sync.WaitGroup
	loop.Go(func() { w.writeStatus(ctx, paceOf(w.Volume)) })
	return func() error {
		cancel()
		loop.Wait()
		// Also after the worker has given up on all else.
		ctx, cancel := context.WithTimeout(context.Background(), removeLimit)
		defer cancel()
		return w.Volume.WithContext(ctx).RemoveWorker(w.Name)
	}
}

func (w *worker) writeStatus(ctx context.Context, p pace) {
	v := w.Volume.WithContext(ctx)
	for {
		if err := v.WriteWorker(w.status.snapshot(w.Now())); err != nil && ctx.Err() == nil {
			w.gate.fail(err)
		}
		if !pause(ctx, p.least) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-w.status.changed:
		case <-time.After(p.most - p.least):
		}
	}
}

// memoryBytes is the memory the process holds, by /proc/self/statm, whose
// second number counts resident pages. 0 where there is no such file.
func memoryBytes() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}
