// Package settings reads a stack's configuration, once and strictly: unknown
// keys, wrong types and values out of range are refused, all in one error.
package settings

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Source is where configuration comes from; *pulumi.Context is one.
type Source interface {
	GetConfig(key string) (string, bool)
}

// Settings are all that a stack can be told.
type Settings struct {
	Target string
	Queue  Queue
	Volume Volume
	// Queues are more of them, by name.
	Queues    map[string]LocalQueue
	Fleets    map[string]Fleet
	Functions map[string]Function
	Local     Local
	Tags      Tags
	// Watch is nil where nobody is told of anything.
	Watch      *Watch
	AWS        AWS
	GCP        GCP
	Multicloud Multicloud
	// Offline: a preview that needs no account and calls nothing.
	Offline bool
}

// Queue is spotgrid:queue.
type Queue struct {
	LeaseSeconds   int  `json:"leaseSeconds"`
	MaxDeliveries  int  `json:"maxDeliveries"`
	RetentionHours int  `json:"retentionHours"`
	Protect        bool `json:"protect"`
}

// LocalQueue is one entry of spotgrid:queues: a queue for jobs that only some
// fleets take.
type LocalQueue struct {
	LeaseSeconds   int  `json:"leaseSeconds"`
	MaxDeliveries  int  `json:"maxDeliveries"`
	RetentionHours int  `json:"retentionHours"`
	Protect        bool `json:"protect"`
	// Locality is the cloud that its jobs need the files of: only fleets there
	// may take them. Empty: they need none.
	Locality string `json:"locality"`
}

// Volume is spotgrid:volume.
type Volume struct {
	// Kind is files, a file system, or bucket, object storage (in clouds only).
	Kind    string `json:"kind"`
	Protect bool   `json:"protect"`
	// Files are the clouds in which fleets have a file system for files of jobs
	// beside a volume that is a bucket: aws, gcp.
	Files []string `json:"files"`
}

// Fleet is one entry of spotgrid:fleets.
type Fleet struct {
	// Cloud is aws or gcp on target multicloud, where fleets are in both.
	Cloud string `json:"cloud"`
	// Queue is the one of Queues that the fleet takes its jobs from; empty: the
	// grid's.
	Queue         string `json:"queue"`
	MinWorkers    int    `json:"minWorkers"`
	MaxWorkers    int    `json:"maxWorkers"`
	JobsPerWorker int    `json:"jobsPerWorker"`
	Slots         int    `json:"slots"`
	DrainSeconds  int    `json:"drainSeconds"`
	IdleSeconds   int    `json:"idleSeconds"`
}

// Function is one entry of spotgrid:functions.
type Function struct {
	TimeoutSeconds int `json:"timeoutSeconds"`
	MemoryMiB      int `json:"memoryMib"`
	Concurrency    int `json:"concurrency"`
	// Source is a queue of the function's own, whose messages it is called
	// with; nil: none.
	Source    *QueueSource `json:"source"`
	Schedules []Schedule   `json:"schedules"`
	// Rights are what it may do beside answering: on aws readAlarmHistory.
	Rights []string `json:"rights"`
}

// QueueSource is the queue that calls a function.
type QueueSource struct {
	LeaseSeconds   int `json:"leaseSeconds"`
	MaxDeliveries  int `json:"maxDeliveries"`
	RetentionHours int `json:"retentionHours"`
	BatchSize      int `json:"batchSize"`
	Concurrency    int `json:"concurrency"`
}

// Schedule calls a function by the clock.
type Schedule struct {
	Cron    string `json:"cron"`
	Payload string `json:"payload"`
}

// Local is spotgrid:local.
type Local struct {
	Directory string `json:"directory"`
	QueuePort int    `json:"queuePort"`
	AgentPort int    `json:"agentPort"`
}

// Watch is spotgrid:watch: who is told what a grid in a cloud cannot mend.
type Watch struct {
	// Mails and Webhooks are told: one mail address at least.
	Mails    []string `json:"mails"`
	Webhooks []string `json:"webhooks"`
	// RunbookURL says what to do about an alarm.
	RunbookURL string `json:"runbookUrl"`
	// MonthlyBudgetUSD is what the stack may cost.
	MonthlyBudgetUSD int `json:"monthlyBudgetUsd"`
}

// Tags are spotgrid:tags: who answers for the stack, and who pays. Clouds put
// them on everything, beside the project's and the stack's names.
type Tags struct {
	Owner      string `json:"owner"`
	CostCentre string `json:"costCentre"`
}

// Defaults: right for a first run, and cheap.
var (
	defaultVolume   = Volume{Kind: "files"}
	defaultQueue    = Queue{LeaseSeconds: 60, MaxDeliveries: 20, RetentionHours: 96}
	defaultFleet    = Fleet{MinWorkers: 0, MaxWorkers: 2, JobsPerWorker: 4, Slots: 1, DrainSeconds: 30, IdleSeconds: 60}
	defaultFunction = Function{TimeoutSeconds: 10, MemoryMiB: 128, Concurrency: 10}
	defaultWatch    = Watch{RunbookURL: "https://github.com/spotgrid/spotgrid/blob/main/docs/runbook.md", MonthlyBudgetUSD: 100}
	defaultSource   = QueueSource{LeaseSeconds: 60, MaxDeliveries: 20, RetentionHours: 96, BatchSize: 10, Concurrency: 2}
)

func (q *LocalQueue) setDefaults() {
	*q = LocalQueue{LeaseSeconds: defaultQueue.LeaseSeconds, MaxDeliveries: defaultQueue.MaxDeliveries, RetentionHours: defaultQueue.RetentionHours}
}
func (f *Fleet) setDefaults()       { *f = defaultFleet }
func (f *Function) setDefaults()    { *f = defaultFunction }
func (w *Watch) setDefaults()       { *w = defaultWatch }
func (s *QueueSource) setDefaults() { *s = defaultSource }

// Targets are the values of spotgrid:target.
var Targets = []string{"local", "aws", "gcp", "multicloud"}

const project = "spotgrid"

// keys are all that the project knows, without its name.
var keys = []string{"target", "queue", "queues", "volume", "fleets", "functions", "local", "tags", "watch", "aws", "gcp", "multicloud", "offline"}

// Load reads and checks everything. known lists the configuration keys that
// are set, with their project in front, where the caller can tell: then keys
// of ours that nobody reads are faults too.
func Load(src Source, known []string) (Settings, error) {
	l := &loader{src: src}
	s := Settings{Target: "local", Queue: defaultQueue, Volume: defaultVolume, AWS: defaultAWS, GCP: defaultGCP, Multicloud: defaultMulticloud, Queues: map[string]LocalQueue{}, Fleets: map[string]Fleet{}, Functions: map[string]Function{}}
	if v, ok := src.GetConfig(project + ":target"); ok {
		s.Target = v
	}
	for _, part := range []struct {
		key string
		v   any
	}{
		{"queue", &s.Queue}, {"queues", &s.Queues}, {"volume", &s.Volume}, {"local", &s.Local}, {"fleets", &s.Fleets}, {"functions", &s.Functions},
		{"tags", &s.Tags}, {"watch", &s.Watch}, {"aws", &s.AWS}, {"gcp", &s.GCP}, {"multicloud", &s.Multicloud}, {"offline", &s.Offline},
	} {
		l.read(part.key, part.v)
	}
	if s.Watch != nil && reflect.DeepEqual(*s.Watch, defaultWatch) {
		s.Watch = nil // the project file's default, which is empty
	}
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

// unknown reports keys of ours that nobody reads.
func (l *loader) unknown(known []string) {
	for _, k := range slices.Sorted(slices.Values(known)) {
		name, ours := strings.CutPrefix(k, project+":")
		if ours && !slices.Contains(keys, name) {
			l.addf("%s is not known, want one of %s", name, strings.Join(keys, ", "))
		}
	}
}
