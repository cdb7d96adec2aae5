package scaler

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Variable is the environment variable that a scaler's Config comes in, as JSON.
const Variable = "SPOTGRID_SCALER"

// Bounds and defaults of a Fleet.
const (
	DefaultPatienceSeconds = 180
	minPatienceSeconds     = 60 // a machine takes some of that to start
	maxPatienceSeconds     = 3600
	DefaultQuietSeconds    = 900
	minQuietSeconds        = 600 // counts are up to three minutes late, and workers must have left first
	maxQuietSeconds        = 2 * 24 * 3600
	maxWorkers             = 100_000
	maxJobsPerWorker       = 1_000_000
	maxGroups              = 50 // each is at most four calls a tick
)

// Config says what a scaler looks after.
type Config struct {
	Fleets []Fleet `json:"fleets"`
}

// Fleet is a number of machine groups that follow the backlog of a queue.
type Fleet struct {
	// Name is what decisions call it.
	Name string `json:"name"`
	// Queue is the URL of the queue whose backlog counts.
	Queue string `json:"queue"`
	// JobsPerWorker is how many waiting and running jobs one machine is asked for.
	JobsPerWorker int `json:"jobsPerWorker"`
	// MaxWorkers bounds the machines of all groups together.
	MaxWorkers int `json:"maxWorkers"`
	// PatienceSeconds is for how long a group may have fewer machines than it was
	// asked for, without getting any, before others are asked: 60..3,600; 0: 180.
	PatienceSeconds int `json:"patienceSeconds"`
	// QuietSeconds is for how long nothing must have waited or run before groups are
	// set to their minimum: 600..172,800; 0: 900. Twice what the fleet's workers
	// stay idle is good: by then those that can have left.
	QuietSeconds int `json:"quietSeconds"`
	// Groups in the order in which to ask them.
	Groups []Group `json:"groups"`
}

// Group is a machine group.
type Group struct {
	URL string `json:"url"`
	// MinWorkers and MaxWorkers bound its machines. A group with a MaxWorkers of 0
	// is never asked for any.
	MinWorkers int `json:"minWorkers"`
	MaxWorkers int `json:"maxWorkers"`
}

func (f Fleet) patience() time.Duration { return time.Duration(f.PatienceSeconds) * time.Second }
func (f Fleet) quiet() time.Duration    { return time.Duration(f.QuietSeconds) * time.Second }

// min is how many machines the fleet has at least.
func (f Fleet) min() (n int) {
	for _, g := range f.Groups {
		n += g.MinWorkers
	}
	return n
}

// Parse reads a Config strictly. The cloud checks the URLs. The error names every
// fault.
func Parse(text string, cloud Cloud) (Config, error) {
	var c Config
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("it is not the JSON that it should be: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Config{}, errors.New("it goes on after the JSON")
	}
	return c, c.check(cloud)
}

// check fills in the defaults and returns every fault, joined.
func (c *Config) check(cloud Cloud) error {
	var errs []error
	if len(c.Fleets) == 0 {
		errs = append(errs, errors.New("fleets: none given"))
	}
	names, urls := map[string]bool{}, map[string]bool{}
	for i := range c.Fleets {
		f := &c.Fleets[i]
		where := fmt.Sprintf("fleets[%d] %q", i, f.Name)
		if f.Name == "" || names[f.Name] {
			errs = append(errs, fmt.Errorf("%s: want a name that no other fleet has", where))
		}
		names[f.Name] = true
		for _, err := range f.check(cloud, urls) {
			errs = append(errs, fmt.Errorf("%s: %w", where, err))
		}
	}
	return errors.Join(errs...)
}

func (f *Fleet) check(cloud Cloud, urls map[string]bool) (errs []error) {
	if f.PatienceSeconds == 0 {
		f.PatienceSeconds = DefaultPatienceSeconds
	}
	if f.QuietSeconds == 0 {
		f.QuietSeconds = DefaultQuietSeconds
	}
	if err := cloud.CheckQueue(f.Queue); err != nil {
		errs = append(errs, fmt.Errorf("queue: %w", err))
	}
	errs = append(errs,
		between("jobsPerWorker", f.JobsPerWorker, 1, maxJobsPerWorker),
		between("maxWorkers", f.MaxWorkers, 1, maxWorkers),
		between("patienceSeconds", f.PatienceSeconds, minPatienceSeconds, maxPatienceSeconds),
		between("quietSeconds", f.QuietSeconds, minQuietSeconds, maxQuietSeconds),
		between("number of groups", len(f.Groups), 1, maxGroups))
	for i, g := range f.Groups {
		for _, err := range g.check(cloud, urls) {
			errs = append(errs, fmt.Errorf("groups[%d]: %w", i, err))
		}
	}
	if f.min() > f.MaxWorkers {
		errs = append(errs, fmt.Errorf("minWorkers of its groups are %d together, want at most maxWorkers, %d", f.min(), f.MaxWorkers))
	}
	return withoutNil(errs)
}

func (g Group) check(cloud Cloud, urls map[string]bool) (errs []error) {
	if err := cloud.CheckGroup(g.URL); err != nil {
		errs = append(errs, fmt.Errorf("url: %w", err))
	}
	if urls[g.URL] {
		errs = append(errs, fmt.Errorf("url: %s is given twice", g.URL))
	}
	urls[g.URL] = true
	errs = append(errs,
		between("maxWorkers", g.MaxWorkers, 0, maxWorkers),
		between("minWorkers", g.MinWorkers, 0, max(0, g.MaxWorkers)))
	return withoutNil(errs)
}

func between(what string, n, least, most int) error {
	if n < least || n > most {
		return fmt.Errorf("%s is %d, want %d..%d", what, n, least, most)
	}
	return nil
}

func withoutNil(errs []error) (kept []error) {
	for _, err := range errs {
		if err != nil {
			kept = append(kept, err)
		}
	}
	return kept
}
