package settings

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spotgrid/spotgrid/components/cron"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/naming"
)

// Ranges that hold on every target; a target's own limits are its drivers'.
const (
	minLeaseSeconds   = 10
	maxLeaseSeconds   = 12 * 3600
	minDeliveries     = 5
	maxDeliveries     = 100
	maxRetentionHours = 13 * 24 // SQS keeps messages for 14 days, and a dead letter must outlive its job
	maxWorkers        = 1000
	maxPort           = 65535
)

// check notes every value out of range.
func (l *loader) check(s Settings) {
	l.oneOf("target", s.Target, Targets...)
	l.between("queue.leaseSeconds", s.Queue.LeaseSeconds, minLeaseSeconds, maxLeaseSeconds)
	l.between("queue.maxDeliveries", s.Queue.MaxDeliveries, minDeliveries, maxDeliveries)
	l.between("queue.retentionHours", s.Queue.RetentionHours, 1, maxRetentionHours)
	l.checkQueues(s)
	l.oneOf("volume.kind", s.Volume.Kind, "files", "bucket")
	for _, name := range slices.Sorted(maps.Keys(s.Fleets)) {
		l.checkFleet("fleets."+name, name, s.Fleets[name])
	}
	for _, name := range slices.Sorted(maps.Keys(s.Functions)) {
		l.checkFunction("functions."+name, name, s.Functions[name])
	}
	l.checkWatch(s)
	if s.Target != "multicloud" {
		l.checkNoCloud(s)
	}
	l.between("local.queuePort", s.Local.QueuePort, 0, maxPort)
	l.between("local.agentPort", s.Local.AgentPort, 0, maxPort)
	if p := s.Local.QueuePort; p != 0 && p == s.Local.AgentPort {
		l.addf("local.agentPort is %d, which is the queuePort too, want another", p)
	}
	if d := s.Local.Directory; d != "" && filepath.Clean(d) == "/" {
		l.addf("local.directory is %q, want a folder of its own", d)
	}
	switch s.Target {
	case "aws":
		l.checkAWS(s)
	case "gcp":
		l.checkGCP(s)
	case "multicloud":
		l.checkMulticloud(s)
	case "local":
		l.checkLocal(s)
	}
}

// checkLocal refuses what a grid on one machine has not.
func (l *loader) checkLocal(s Settings) {
	if s.Volume.Kind == "bucket" {
		l.addf("volume.kind is bucket, want files on target local")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Functions)) {
		f := s.Functions[name]
		if f.Source != nil {
			l.addf("functions.%s.source is given, but on target local no queue calls a function", name)
		}
		if len(f.Schedules) > 0 {
			l.addf("functions.%s.schedules are given, but on target local no clock calls a function", name)
		}
	}
}

func (l *loader) checkFleet(path, name string, f Fleet) {
	l.name(path, name)
	l.between(path+".minWorkers", f.MinWorkers, 0, maxWorkers)
	l.between(path+".maxWorkers", f.MaxWorkers, max(1, min(f.MinWorkers, maxWorkers)), maxWorkers)
	l.between(path+".jobsPerWorker", f.JobsPerWorker, 1, 1_000_000)
	l.between(path+".slots", f.Slots, 1, 1024)
	l.between(path+".drainSeconds", f.DrainSeconds, 0, 3600)
	l.between(path+".idleSeconds", f.IdleSeconds, 0, 24*3600)
}

func (l *loader) checkFunction(path, name string, f Function) {
	l.name(path, name)
	l.between(path+".timeoutSeconds", f.TimeoutSeconds, 1, 900)
	l.between(path+".memoryMib", f.MemoryMiB, 128, 10240)
	l.between(path+".concurrency", f.Concurrency, 1, 1000)
	if s := f.Source; s != nil {
		l.between(path+".source.leaseSeconds", s.LeaseSeconds, minLeaseSeconds, maxLeaseSeconds)
		l.between(path+".source.maxDeliveries", s.MaxDeliveries, minDeliveries, maxDeliveries)
		l.between(path+".source.retentionHours", s.RetentionHours, 1, maxRetentionHours)
		l.between(path+".source.batchSize", s.BatchSize, 1, 10_000)
		l.between(path+".source.concurrency", s.Concurrency, 2, 1000)
	}
	for _, r := range f.Rights {
		l.oneOf(path+".rights", r, string(function.ReadAlarmHistory))
	}
	for i, s := range f.Schedules {
		l.schedule(place(path+".schedules", i), s.Cron)
		if s.Payload != "" && !json.Valid([]byte(s.Payload)) {
			l.addf("%s.payload is %q, want JSON", place(path+".schedules", i), brief([]byte(s.Payload)))
		}
	}
}

func (l *loader) schedule(path, text string) {
	if _, err := cron.Parse(text); err != nil {
		l.addf("%s: %w", path, err)
	}
}

// name checks what becomes part of resource names, "grid-" in front.
func (l *loader) name(path, name string) {
	if err := naming.Check("it", "grid-"+name); err != nil {
		l.addf("%s: the name %q is not one, want a-z, 0-9 and single hyphens, at most %d characters", path, name, naming.MaxLength-len("grid-"))
	}
}

func (l *loader) between(path string, v, lo, hi int) {
	if v < lo || v > hi {
		l.addf("%s is %d, want %d..%d", path, v, lo, hi)
	}
}
