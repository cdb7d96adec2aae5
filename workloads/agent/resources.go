package agent

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/lambda"
	"github.com/spotgrid/spotgrid/workloads/agent/supervisor"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

func (a *Agent) declareQueue(ctx context.Context, q api.Queue) error {
	if err := a.broker.Healthy(); err != nil {
		return err
	}
	return nats.Declare(ctx, a.broker.JetStream(), nats.Spec{
		Name: q.Name, LeaseSeconds: q.LeaseSeconds, MaxDeliveries: q.MaxDeliveries,
		RetentionHours: q.RetentionHours, DeadLetter: q.DeadLetter,
	})
}

// deadLettersFirst orders queues so that each comes after its dead-letter
// queue.
func deadLettersFirst(queues map[string]api.Queue) []api.Queue {
	return slices.SortedFunc(maps.Values(queues), func(x, y api.Queue) int {
		return cmp.Or(cmp.Compare(min(len(x.DeadLetter), 1), min(len(y.DeadLetter), 1)), cmp.Compare(x.Name, y.Name))
	})
}

func (a *Agent) putQueue(ctx context.Context, q api.Queue) (any, error) {
	if err := a.declareQueue(ctx, q); err != nil {
		return nil, err
	}
	if err := a.store.change(func(d *declared) { d.Queues[q.Name] = q }); err != nil {
		return nil, err
	}
	return a.queueStatus(ctx, q), nil
}

func (a *Agent) deleteQueue(ctx context.Context, name string) error {
	err := nats.Remove(ctx, a.broker.JetStream(), name)
	if err != nil && queue.KindOf(err) != queue.KindNotFound {
		return err
	}
	return a.store.change(func(d *declared) { delete(d.Queues, name) })
}

func (a *Agent) queueStatus(ctx context.Context, q api.Queue) api.QueueStatus {
	s := api.QueueStatus{Queue: q, URL: a.queueURL(q.Name)}
	if load, err := a.Backlog(ctx, q.Name); err == nil {
		s.Ready, s.Leased = load.Ready, load.Leased
	}
	return s
}

func (a *Agent) putVolume(_ context.Context, v api.Volume) (any, error) {
	if err := volume.Init(v.Path); err != nil {
		return nil, fmt.Errorf("volume %q: %w", v.Name, err)
	}
	err := a.store.change(func(d *declared) { d.Volumes[v.Name] = v })
	return api.VolumeStatus{Volume: v, URL: volumeURL(v)}, err
}

func (a *Agent) deleteVolume(_ context.Context, name string) error {
	var v api.Volume
	var ok bool
	a.store.look(func(d *declared) { v, ok = d.Volumes[name] })
	if !ok {
		return nil
	}
	if err := volume.Purge(v.Path); err != nil {
		return err
	}
	return a.store.change(func(d *declared) { delete(d.Volumes, name) })
}

func (a *Agent) putFleet(_ context.Context, f api.Fleet) (any, error) {
	program := program{f.Binary, f.BinarySHA256}
	if err := a.declareWith(program, func(d *declared) { d.Fleets[f.Name] = f }); err != nil {
		return nil, fmt.Errorf("fleet %q: %w", f.Name, err)
	}
	fleet := a.runFleet(f)
	a.tidyPrograms()
	return fleet.Status(), nil
}

// program is a binary that a declaration needs.
type program struct{ path, hash string }

// declareWith copies a program and declares what needs it, before anybody
// tidies up what nothing needs.
func (a *Agent) declareWith(p program, edit func(*declared)) error {
	a.programsInUse.Lock()
	defer a.programsInUse.Unlock()
	if err := a.programs.Add(p.path, p.hash); err != nil {
		return err
	}
	return a.store.change(edit)
}

// runFleet starts the fleet's supervision, or gives it a changed declaration.
func (a *Agent) runFleet(f api.Fleet) *runningFleet {
	a.mu.Lock()
	defer a.mu.Unlock()
	if running := a.fleets[f.Name]; running != nil {
		running.Update(f)
		return running
	}
	ctx, stop := context.WithCancel(a.supervised)
	running := &runningFleet{Fleet: supervisor.New(f, a, a.log, time.Now), stop: stop, done: make(chan struct{})}
	a.fleets[f.Name] = running
	go func() {
		defer close(running.done)
		running.Run(ctx)
	}()
	return running
}

// deleteFleet drains the fleet's workers and returns when none is left.
func (a *Agent) deleteFleet(_ context.Context, name string) error {
	a.mu.Lock()
	running := a.fleets[name]
	a.mu.Unlock()
	if running != nil {
		running.stop()
		<-running.done
		a.mu.Lock()
		delete(a.fleets, name)
		a.mu.Unlock()
	}
	defer a.tidyPrograms()
	return a.store.change(func(d *declared) { delete(d.Fleets, name) })
}

func (a *Agent) putFunction(_ context.Context, f api.Function) (any, error) {
	program := program{f.Binary, f.BinarySHA256}
	if err := a.declareWith(program, func(d *declared) { d.Functions[f.Name] = f }); err != nil {
		return nil, fmt.Errorf("function %q: %w", f.Name, err)
	}
	fn := a.runFunction(f)
	a.tidyPrograms()
	return a.functionStatus(fn), nil
}

func (a *Agent) runFunction(f api.Function) *lambda.Function {
	a.mu.Lock()
	defer a.mu.Unlock()
	if fn := a.functions[f.Name]; fn != nil {
		fn.Update(f)
		return fn
	}
	fn := lambda.New(f, a, a.routes, a.log)
	a.functions[f.Name] = fn
	return fn
}

func (a *Agent) deleteFunction(_ context.Context, name string) error {
	a.mu.Lock()
	fn := a.functions[name]
	delete(a.functions, name)
	a.mu.Unlock()
	if fn != nil {
		fn.Close()
	}
	defer a.tidyPrograms()
	return a.store.change(func(d *declared) { delete(d.Functions, name) })
}

func (a *Agent) functionStatus(fn *lambda.Function) api.FunctionStatus {
	s := fn.Status()
	s.URL = a.functionURL(s.Name)
	return s
}

// tidyPrograms drops copies that nothing declared needs. Failing costs only
// disk, so it is logged.
func (a *Agent) tidyPrograms() {
	a.programsInUse.Lock()
	defer a.programsInUse.Unlock()
	var used map[string]bool
	a.store.look(func(d *declared) { used = d.programs() })
	used[a.instance.SHA256] = true
	if err := a.programs.Keep(used); err != nil {
		a.log.Warn("cleaning programs", "error", err)
	}
}

func (a *Agent) interrupt(worker string, notice time.Duration) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range a.fleets {
		if f.Interrupt(worker, notice) {
			return true
		}
	}
	return false
}

// status describes everything.
func (a *Agent) status(ctx context.Context) api.Status {
	var d declared
	a.store.look(func(s *declared) {
		d.Queues, d.Volumes = maps.Clone(s.Queues), maps.Clone(s.Volumes)
	})
	s := api.Status{
		Directory: string(a.dir), PID: a.instance.PID, SHA256: a.instance.SHA256, StartedAt: a.instance.StartedAt,
		URL: a.instance.URL, QueueURL: fmt.Sprintf("nats://127.0.0.1:%d", a.instance.QueuePort),
		Queues: []api.QueueStatus{}, Volumes: []api.VolumeStatus{}, Fleets: []api.FleetStatus{}, Functions: []api.FunctionStatus{},
	}
	if err := a.broker.Healthy(); err != nil {
		s.Problem = err.Error()
	}
	for _, q := range deadLettersFirst(d.Queues) {
		s.Queues = append(s.Queues, a.queueStatus(ctx, q))
	}
	for _, name := range slices.Sorted(maps.Keys(d.Volumes)) {
		s.Volumes = append(s.Volumes, api.VolumeStatus{Volume: d.Volumes[name], URL: volumeURL(d.Volumes[name])})
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(a.fleets)) {
		s.Fleets = append(s.Fleets, a.fleets[name].Status())
	}
	for _, name := range slices.Sorted(maps.Keys(a.functions)) {
		s.Functions = append(s.Functions, a.functionStatus(a.functions[name]))
	}
	return s
}
