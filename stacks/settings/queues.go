package settings

import (
	"maps"
	"slices"
	"strings"
)

// checkQueues looks at the queues beside the grid's own, at who takes their jobs
// and whether those have what the jobs need.
func (l *loader) checkQueues(s Settings) {
	for _, name := range slices.Sorted(maps.Keys(s.Queues)) {
		q, path := s.Queues[name], "queues."+name
		l.name(path, name)
		l.between(path+".leaseSeconds", q.LeaseSeconds, minLeaseSeconds, maxLeaseSeconds)
		l.between(path+".maxDeliveries", q.MaxDeliveries, minDeliveries, maxDeliveries)
		l.between(path+".retentionHours", q.RetentionHours, 1, maxRetentionHours)
		if q.Locality != "" && !slices.Contains(s.filesIn(), q.Locality) {
			l.addf("%s.locality is %q, want a cloud whose fleets have files: %s", path, q.Locality, strings.Join(s.filesIn(), ", "))
		}
		if len(s.fleetsOn(name)) == 0 {
			l.addf("%s is taken by no fleet, want one with queue: %s", path, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Fleets)) {
		l.checkFleetQueue(name, s)
	}
	for _, cloud := range s.Volume.Files {
		if !s.in(cloud) || s.Volume.Kind != "bucket" {
			l.addf("volume.files has %q, want clouds of the stack, and volume.kind bucket: a volume of files has a folder for them anyway", cloud)
		}
	}
}

func (l *loader) checkFleetQueue(name string, s Settings) {
	f := s.Fleets[name]
	if f.Queue == "" {
		return
	}
	q, ok := s.Queues[f.Queue]
	if !ok {
		l.addf("fleets.%s.queue is %q, want one of spotgrid:queues: %s", name, f.Queue, strings.Join(slices.Sorted(maps.Keys(s.Queues)), ", "))
		return
	}
	if q.Locality != "" && !slices.Contains(s.FleetsIn(q.Locality), name) {
		l.addf("fleets.%s.queue is %q, whose jobs need files on %s: want a fleet there", name, f.Queue, q.Locality)
	}
}

// filesIn are the clouds whose fleets have a folder for files of jobs.
func (s Settings) filesIn() []string {
	if s.Volume.Kind == "files" {
		return []string{s.Target}
	}
	return s.Volume.Files
}

// fleetsOn are the fleets that take jobs from one of Queues.
func (s Settings) fleetsOn(queue string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Fleets)) {
		if s.Fleets[name].Queue == queue {
			names = append(names, name)
		}
	}
	return names
}
