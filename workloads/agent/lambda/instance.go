package lambda

import (
	"fmt"
	"sync"
	"time"

	"github.com/spotgrid/spotgrid/workloads/agent/process"
)

// instance is one program that runs a function, one call at a time.
type instance struct {
	function *Function
	name     string
	process  *process.Process

	mu      sync.Mutex
	current *call
	timer   *time.Timer

	once    sync.Once
	retired chan struct{}
}

// retire makes the instance end instead of taking another call.
func (in *instance) retire() { in.once.Do(func() { close(in.retired) }) }

// take notes the call the instance is at and arms its time limit.
func (in *instance) take(c *call) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.current = c
	limit := time.Until(c.deadline)
	in.timer = time.AfterFunc(limit, func() {
		seconds := in.function.Status().TimeoutSeconds
		if in.finish(c.id, Answer{Failed: true, Body: failure("Sandbox.Timedout", fmt.Sprintf("Task timed out after %d.00 seconds", seconds))}) {
			in.process.Kill() // as Lambda does: the sandbox is not used again
		}
	})
}

// finish answers the call of that ID, if it is still the current one.
func (in *instance) finish(id string, a Answer) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.current == nil || in.current.id != id {
		return false
	}
	in.timer.Stop()
	in.current.answer <- a
	in.current = nil
	return true
}

// crashed answers the call of an instance that has ended.
func (in *instance) crashed() {
	in.mu.Lock()
	c := in.current
	in.mu.Unlock()
	if c != nil {
		in.finish(c.id, Answer{Failed: true, Body: failure("Runtime.ExitError", fmt.Sprintf("the function's program ended during the call: %v", in.process.Err()))})
	}
}
