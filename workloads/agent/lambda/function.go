// Package lambda runs functions on this machine as AWS Lambda does: a program
// built on a Lambda runtime asks the runtime API for calls and posts answers.
// Programs are started on demand, up to the function's concurrency, and end
// when idle.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
package lambda

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/process"
)

const (
	// MaxPayloadBytes is Lambda's limit of a synchronous call: 6 MiB.
	MaxPayloadBytes = 6 << 20
	// idleAfter is how long an instance waits for the next call.
	idleAfter = 60 * time.Second
	// stopGrace is what a stopped instance gets.
	stopGrace = 2 * time.Second
)

// ErrThrottled means that all instances are busy and the call waited as long
// as the function may run.
var ErrThrottled = errors.New("all instances of the function are busy: raise its concurrency or call again later")

// Host is what functions need from the agent around them.
type Host interface {
	// Program is the path of the agent's copy of the declared binary.
	FunctionProgram(f api.Function) string
	// FunctionEnvironment is what an instance sees; runtimeAPI is host, port
	// and path of its runtime API, without a scheme.
	FunctionEnvironment(f api.Function, runtimePath string) []string
	// FunctionLog is the file that takes what instances print.
	FunctionLog(f api.Function) string
	// Changed is called when processes have come or gone.
	Changed()
}

// Answer is what a call gave: the handler's JSON, or its error as JSON.
type Answer struct {
	Body   []byte
	Failed bool
}

// Function runs one declaration.
type Function struct {
	host   Host
	routes *Routes
	log    *slog.Logger

	mu        sync.Mutex
	spec      api.Function
	closed    bool
	instances map[*instance]bool
	calls     int
	errors    int
	pending   chan *call
}

// call is one invocation on its way.
type call struct {
	id       string
	payload  []byte
	deadline time.Time
	answer   chan Answer // holds one
}

// New makes a function that runs nothing until it is called.
func New(spec api.Function, host Host, routes *Routes, log *slog.Logger) *Function {
	return &Function{
		host: host, routes: routes, log: log.With("function", spec.Name), spec: spec,
		instances: map[*instance]bool{}, pending: make(chan *call),
	}
}

// Update takes a changed declaration; instances of the old one end after the
// call they are at.
func (f *Function) Update(spec api.Function) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fmt.Sprint(f.spec) == fmt.Sprint(spec) {
		return
	}
	f.spec = spec
	for in := range f.instances {
		in.retire()
	}
}

// Invoke calls the function. Its handler's own error is an Answer that Failed;
// an error is one of the platform: a time-out, a crash, no free instance.
func (f *Function) Invoke(ctx context.Context, payload []byte) (Answer, error) {
	f.mu.Lock()
	spec := f.spec
	f.calls++
	f.mu.Unlock()
	timeout := time.Duration(spec.TimeoutSeconds) * time.Second
	c := &call{id: rand.Text(), payload: payload, deadline: time.Now().Add(timeout), answer: make(chan Answer, 1)}
	a, err := f.run(ctx, c, timeout)
	if err != nil || a.Failed {
		f.mu.Lock()
		f.errors++
		f.mu.Unlock()
	}
	return a, err
}

// run hands the call to an instance and waits for the answer.
func (f *Function) run(ctx context.Context, c *call, timeout time.Duration) (Answer, error) {
	t := time.NewTimer(timeout)
	defer t.Stop()
	select {
	case f.pending <- c: // an instance is idle
	default:
		started, err := f.start()
		if err != nil {
			return Answer{}, err
		}
		var failed <-chan struct{}
		if started != nil {
			failed = started.process.Done()
		}
		select {
		case f.pending <- c:
		case <-failed:
			return Answer{}, fmt.Errorf("starting function %q: it ended before it took the call (%v), see %s", f.spec.Name, started.process.Err(), f.host.FunctionLog(f.spec))
		case <-t.C:
			return Answer{}, ErrThrottled
		case <-ctx.Done():
			return Answer{}, context.Cause(ctx)
		}
	}
	select {
	case a := <-c.answer:
		return a, nil
	case <-ctx.Done():
		return Answer{}, context.Cause(ctx)
	}
}

// start makes one more instance, or none if all that may run do.
func (f *Function) start() (*instance, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, fmt.Errorf("function %q is being deleted", f.spec.Name)
	}
	if len(f.instances) >= f.spec.Concurrency {
		return nil, nil
	}
	in := &instance{function: f, name: f.spec.Name, retired: make(chan struct{})}
	path := f.routes.add(in)
	p, err := process.Start(process.Spec{
		Path: f.host.FunctionProgram(f.spec), Environment: f.host.FunctionEnvironment(f.spec, path),
		Log: f.host.FunctionLog(f.spec),
	})
	if err != nil {
		f.routes.remove(in)
		return nil, err
	}
	in.process = p
	f.instances[in] = true
	f.log.Info("function instance started", "pid", p.Identity.PID)
	go f.await(in)
	f.host.Changed()
	return in, nil
}

// await takes an instance off the list when it has ended, and answers the call
// it was at.
func (f *Function) await(in *instance) {
	<-in.process.Done()
	f.routes.remove(in)
	f.mu.Lock()
	delete(f.instances, in)
	f.mu.Unlock()
	in.crashed()
	f.log.Info("function instance ended", "pid", in.process.Identity.PID)
	f.host.Changed()
}

// Close ends all instances and returns when none is left.
func (f *Function) Close() {
	f.mu.Lock()
	f.closed = true
	var left []*instance
	for in := range f.instances {
		left = append(left, in)
	}
	f.mu.Unlock()
	for _, in := range left {
		in.process.Stop(stopGrace)
	}
}

// Sessions identifies the processes that run now.
func (f *Function) Sessions() []process.Identity {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ids []process.Identity
	for in := range f.instances {
		ids = append(ids, in.process.Identity)
	}
	return ids
}

// Status describes the function.
func (f *Function) Status() api.FunctionStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	return api.FunctionStatus{Function: f.spec, Instances: len(f.instances), Calls: f.calls, Errors: f.errors}
}

// failure is Lambda's form of an error.
func failure(kind, message string) []byte {
	b, _ := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message})
	return b
}
