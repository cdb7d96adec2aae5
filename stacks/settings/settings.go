// Package settings reads a stack's configuration, once and strictly: unknown
// keys, wrong types and values out of range are refused, all in one error.
package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Source is where configuration comes from; *pulumi.Context is one.
type Source interface {
	GetConfig(key string) (string, bool)
}

// Settings are all that a stack can be told.
type Settings struct {
	Target    string
	Queue     Queue
	Volume    Volume
	Fleets    map[string]Fleet
	Functions map[string]Function
	Local     Local
}

// Queue is spotgrid:queue.
type Queue struct {
	LeaseSeconds   int `json:"leaseSeconds"`
	MaxDeliveries  int `json:"maxDeliveries"`
	RetentionHours int `json:"retentionHours"`
}

// Volume is spotgrid:volume.
type Volume struct {
	Protect bool `json:"protect"`
}

// Fleet is one entry of spotgrid:fleets.
type Fleet struct {
	MinWorkers    int `json:"minWorkers"`
	MaxWorkers    int `json:"maxWorkers"`
	JobsPerWorker int `json:"jobsPerWorker"`
	Slots         int `json:"slots"`
	DrainSeconds  int `json:"drainSeconds"`
	IdleSeconds   int `json:"idleSeconds"`
}

// Function is one entry of spotgrid:functions.
type Function struct {
	TimeoutSeconds int `json:"timeoutSeconds"`
	MemoryMiB      int `json:"memoryMib"`
	Concurrency    int `json:"concurrency"`
}

// Local is spotgrid:local.
type Local struct {
	Directory string `json:"directory"`
	QueuePort int    `json:"queuePort"`
	AgentPort int    `json:"agentPort"`
}

// Defaults: right for a first run, and cheap.
var (
	defaultQueue    = Queue{LeaseSeconds: 60, MaxDeliveries: 20, RetentionHours: 96}
	defaultFleet    = Fleet{MinWorkers: 0, MaxWorkers: 2, JobsPerWorker: 4, Slots: 1, DrainSeconds: 30, IdleSeconds: 60}
	defaultFunction = Function{TimeoutSeconds: 10, MemoryMiB: 128, Concurrency: 10}
)

// Targets are the values of spotgrid:target.
var Targets = []string{"local"}

const project = "spotgrid"

// keys are all that the project knows, without its name.
var keys = []string{"target", "queue", "volume", "fleets", "functions", "local"}

// Load reads and checks everything. known lists the configuration keys that
// are set, with their project in front, where the caller can tell: then keys
// of ours that nobody reads are faults too.
func Load(src Source, known []string) (Settings, error) {
	l := &loader{src: src}
	s := Settings{Target: "local", Queue: defaultQueue}
	if v, ok := src.GetConfig(project + ":target"); ok {
		s.Target = v
	}
	l.object("queue", &s.Queue)
	l.object("volume", &s.Volume)
	l.object("local", &s.Local)
	s.Fleets = entries(l, "fleets", defaultFleet)
	s.Functions = entries(l, "functions", defaultFunction)
	l.unknown(known)
	l.check(s)
	if len(l.errs) > 0 {
		faults := "1 fault"
		if len(l.errs) > 1 {
			faults = fmt.Sprintf("%d faults", len(l.errs))
		}
		return Settings{}, fmt.Errorf("the stack's configuration has %s:\n%w", faults, errors.Join(l.errs...))
	}
	return s, nil
}

// loader collects faults while it reads.
type loader struct {
	src  Source
	errs []error
}

func (l *loader) addf(format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf("  "+project+":"+format, args...))
}

// object reads one key into v, on top of the defaults that v holds. A field of
// a wrong type is one fault; the others are still read.
func (l *loader) object(key string, v any) {
	raw, ok := l.src.GetConfig(project + ":" + key)
	if !ok {
		return
	}
	l.decode(key, []byte(raw), v)
}

// decode reads field by field, so that one bad field hides no other.
func (l *loader) decode(path string, raw []byte, v any) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		l.addf("%s is %s, want an object", path, brief(raw))
		return
	}
	allowed := fieldNames(v)
	for _, name := range sortedKeys(fields) {
		if allowed != nil && !slices.Contains(allowed, name) {
			l.addf("%s.%s is not known, want one of %s", path, name, strings.Join(allowed, ", "))
			continue
		}
		one, err := json.Marshal(map[string]json.RawMessage{name: fields[name]})
		if err == nil {
			err = json.Unmarshal(one, v)
		}
		if err != nil {
			l.addf("%s.%s is %s, want %s", path, name, brief(fields[name]), wanted(err))
		}
	}
}

// entries reads a key whose value maps names to objects.
func entries[T any](l *loader, key string, defaults T) map[string]T {
	raw := map[string]json.RawMessage{}
	l.object(key, &raw)
	out := map[string]T{}
	for _, name := range sortedKeys(raw) {
		v := defaults
		if string(raw[name]) != "null" { // `name:` with nothing behind it
			l.decode(key+"."+name, raw[name], &v)
		}
		out[name] = v
	}
	return out
}

// unknown reports keys of ours that nobody reads.
func (l *loader) unknown(known []string) {
	for _, k := range slices.Sorted(slices.Values(known)) {
		name, ours := strings.CutPrefix(k, project+":")
		if ours && !slices.Contains(keys, name) {
			l.addf("%s is not known, want one of %s", name, strings.Join(keys, ", "))
		}
	}
}
