// Package api is how others talk to a grid's agent: the declarations it keeps,
// the status it reports and a client. It imports neither server nor queue.
package api

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Ranges of the declarations.
const (
	MinLeaseSeconds   = 10        // Pub/Sub's shortest ack deadline
	MaxLeaseSeconds   = 12 * 3600 // SQS's longest visibility
	MaxDeliveries     = 100       // Pub/Sub's most delivery attempts
	MaxRetentionHours = 14 * 24   // SQS's longest retention
	MaxWorkers        = 1000
	MaxSlots          = 1024
	MaxDrainSeconds   = 3600
	MaxTimeoutSeconds = 900 // Lambda's longest run
	MaxConcurrency    = 1000
)

// Queue declares a job queue. Seconds and hours are whole.
type Queue struct {
	Name           string `json:"name"`
	LeaseSeconds   int    `json:"lease_seconds"`         // 10..43200
	MaxDeliveries  int    `json:"max_deliveries"`        // 0 (no limit) or 1..100, which needs DeadLetter
	RetentionHours int    `json:"retention_hours"`       // 1..336
	DeadLetter     string `json:"dead_letter,omitempty"` // another queue's name
}

// Volume declares a shared folder.
type Volume struct {
	Name string `json:"name"`
	Path string `json:"path"` // absolute
}

// Fleet declares worker processes.
type Fleet struct {
	Name string `json:"name"`
	// Binary is the worker program; BinarySHA256 its hash in hex. The agent
	// runs its own copy, so that a rebuild on disk is no change to the grid
	// until it is declared.
	Binary       string `json:"binary"`
	BinarySHA256 string `json:"binary_sha256"`
	MinWorkers   int    `json:"min_workers"` // 0..MaxWorkers
	MaxWorkers   int    `json:"max_workers"` // at least MinWorkers and 1
	// JobsPerWorker is the backlog (waiting and running jobs) that one worker
	// is started for.
	JobsPerWorker int `json:"jobs_per_worker"`
	// Slots is how many jobs one worker runs at a time.
	Slots int `json:"slots"`
	// DrainSeconds is how long a stopped worker may finish its jobs.
	DrainSeconds int `json:"drain_seconds"`
	// IdleSeconds is how long a worker stays without need.
	IdleSeconds int `json:"idle_seconds"`
	// Queue names the queue whose backlog sets the number of workers.
	Queue string `json:"queue"`
	// Environment is what the workers see beside what the agent sets.
	Environment map[string]string `json:"environment,omitempty"`
}

// Function declares a program that answers calls, built on a Lambda runtime.
type Function struct {
	Name           string            `json:"name"`
	Binary         string            `json:"binary"`
	BinarySHA256   string            `json:"binary_sha256"`
	TimeoutSeconds int               `json:"timeout_seconds"` // 1..900
	MemoryMiB      int               `json:"memory_mib"`      // 128..10240, told to the function
	Concurrency    int               `json:"concurrency"`     // 1..1000
	Environment    map[string]string `json:"environment,omitempty"`
}

var (
	namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,47}$`)
	hashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// faults collects what is wrong with one declaration.
type faults struct {
	what string
	errs []error
}

func (f *faults) add(format string, args ...any) {
	f.errs = append(f.errs, fmt.Errorf(format, args...))
}

func (f *faults) between(field string, v, lo, hi int) {
	if v < lo || v > hi {
		f.add("%s is %d, want %d..%d", field, v, lo, hi)
	}
}

func (f *faults) name(v string) {
	if !namePattern.MatchString(v) {
		f.add("name is %q, want 1..48 of a-z, 0-9 and hyphen, starting with a letter", v)
	}
}

func (f *faults) program(path, hash string) {
	if !filepath.IsAbs(path) {
		f.add("binary is %q, want an absolute path", path)
	}
	if !hashPattern.MatchString(hash) {
		f.add("binary_sha256 is %q, want 64 hex digits", hash)
	}
}

func (f *faults) environment(env map[string]string) {
	for k, v := range env {
		if k == "" || strings.ContainsAny(k, "=\x00") || strings.Contains(v, "\x00") {
			f.add("environment has the name %q, want one without = and NUL, and a value without NUL", k)
		}
	}
}

func (f *faults) err() error {
	if len(f.errs) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w", f.what, errors.Join(f.errs...))
}

// Check returns every fault of the declaration.
func (q Queue) Check() error {
	f := &faults{what: fmt.Sprintf("queue %q", q.Name)}
	f.name(q.Name)
	f.between("lease_seconds", q.LeaseSeconds, MinLeaseSeconds, MaxLeaseSeconds)
	f.between("max_deliveries", q.MaxDeliveries, 0, MaxDeliveries)
	f.between("retention_hours", q.RetentionHours, 1, MaxRetentionHours)
	if q.MaxDeliveries > 0 && q.DeadLetter == "" {
		f.add("max_deliveries is %d without a dead_letter, want 0 or the name of a dead-letter queue", q.MaxDeliveries)
	}
	if q.DeadLetter == q.Name {
		f.add("dead_letter is the queue itself, want another queue's name")
	}
	return f.err()
}

// Check returns every fault of the declaration.
func (v Volume) Check() error {
	f := &faults{what: fmt.Sprintf("volume %q", v.Name)}
	f.name(v.Name)
	if !filepath.IsAbs(v.Path) || filepath.Clean(v.Path) == "/" {
		f.add("path is %q, want an absolute path of a folder of its own", v.Path)
	}
	return f.err()
}

// Check returns every fault of the declaration.
func (d Fleet) Check() error {
	f := &faults{what: fmt.Sprintf("fleet %q", d.Name)}
	f.name(d.Name)
	f.program(d.Binary, d.BinarySHA256)
	f.between("min_workers", d.MinWorkers, 0, MaxWorkers)
	f.between("max_workers", d.MaxWorkers, max(1, d.MinWorkers), MaxWorkers)
	f.between("jobs_per_worker", d.JobsPerWorker, 1, 1_000_000)
	f.between("slots", d.Slots, 1, MaxSlots)
	f.between("drain_seconds", d.DrainSeconds, 0, MaxDrainSeconds)
	f.between("idle_seconds", d.IdleSeconds, 0, 24*3600)
	if !namePattern.MatchString(d.Queue) {
		f.add("queue is %q, want a queue's name", d.Queue)
	}
	f.environment(d.Environment)
	return f.err()
}

// Check returns every fault of the declaration.
func (d Function) Check() error {
	f := &faults{what: fmt.Sprintf("function %q", d.Name)}
	f.name(d.Name)
	f.program(d.Binary, d.BinarySHA256)
	f.between("timeout_seconds", d.TimeoutSeconds, 1, MaxTimeoutSeconds)
	f.between("memory_mib", d.MemoryMiB, 128, 10240)
	f.between("concurrency", d.Concurrency, 1, MaxConcurrency)
	f.environment(d.Environment)
	return f.err()
}

// Status is what the agent says of itself and of all it keeps.
type Status struct {
	Directory string    `json:"directory"`
	PID       int       `json:"pid"`
	SHA256    string    `json:"sha256"` // of the agent's program
	StartedAt time.Time `json:"started_at"`
	URL       string    `json:"url"`
	QueueURL  string    `json:"queue_url"`
	// Problem is what keeps the agent from its work, "" if nothing does.
	Problem   string           `json:"problem,omitempty"`
	Queues    []QueueStatus    `json:"queues"`
	Volumes   []VolumeStatus   `json:"volumes"`
	Fleets    []FleetStatus    `json:"fleets"`
	Functions []FunctionStatus `json:"functions"`
}

// QueueStatus is a queue and its counts.
type QueueStatus struct {
	Queue
	URL    string `json:"url"`
	Ready  int    `json:"ready"`  // waiting, those in a retry delay included where the service can tell
	Leased int    `json:"leased"` // held by workers
}

// VolumeStatus is a volume.
type VolumeStatus struct {
	Volume
	URL string `json:"url"`
}

// FleetStatus is a fleet and its workers.
type FleetStatus struct {
	Fleet
	Desired int      `json:"desired"`
	Workers []Worker `json:"workers"`
	// LastError is why a worker last ended badly, "" if none did.
	LastError string `json:"last_error,omitempty"`
}

// Worker is one worker process.
type Worker struct {
	Name      string    `json:"name"`
	PID       int       `json:"pid"`
	StartedAt time.Time `json:"started_at"`
	// State is running, interrupted (a notice was announced) or stopping.
	State string `json:"state"`
	Log   string `json:"log"`
	// InterruptAt is when an announced interruption ends the worker.
	InterruptAt *time.Time `json:"interrupt_at,omitempty"`
}

// FunctionStatus is a function and its instances.
type FunctionStatus struct {
	Function
	URL       string `json:"url"`
	Instances int    `json:"instances"`
	Calls     int    `json:"calls"`
	Errors    int    `json:"errors"`
}
