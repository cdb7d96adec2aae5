package gridstatus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

// Errors of a FleetDriver, beside those of nothing in particular.
var (
	// ErrUnavailable: the cloud cannot be reached now.
	ErrUnavailable = errors.New("no answer")
	// ErrDenied: no credentials, or they may not ask.
	ErrDenied = errors.New("not allowed")
	// ErrGone: the fleet is not there any more.
	ErrGone = errors.New("it is not there any more")
)

// FleetDriver asks one cloud for fleets.
type FleetDriver interface {
	// Fleets describes the fleets that groups maps to what the cloud calls
	// them, ordered by name. With an error it still returns those it found.
	Fleets(ctx context.Context, groups map[string]string) ([]Fleet, error)
}

// Cloud is the Source of a grid in a cloud, where nobody keeps all of it: its
// queues count themselves, its fleets are asked for.
type Cloud struct {
	Target string
	// Queues maps names to URLs, which OpenQueue opens.
	Queues    map[string]string
	OpenQueue func(ctx context.Context, url string) (*queue.Queue, error)
	VolumeURL string
	Fleets    FleetDriver
	// Groups and Functions map names to what the cloud calls them.
	Groups    map[string]string
	Functions map[string]string
}

var _ Source = (*Cloud)(nil)

// Status implements Source. What cannot be asked costs only itself.
func (c *Cloud) Status(ctx context.Context) (*Status, error) {
	s := &Status{Target: c.Target, Queues: []Queue{}, Volumes: []Volume{}, Fleets: []Fleet{}, Functions: []Function{}}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Queues)) {
		q, err := c.count(ctx, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.Queues = append(s.Queues, q)
	}
	if u, err := url.Parse(c.VolumeURL); err == nil && c.VolumeURL != "" {
		v := Volume{Name: "volume", URL: c.VolumeURL}
		if u.Scheme == "file" {
			v.Path = u.Path
		}
		s.Volumes = append(s.Volumes, v)
	}
	fleets, err := c.Fleets.Fleets(ctx, c.Groups)
	if err != nil {
		errs = append(errs, fmt.Errorf("asking for fleets: %w", err))
	}
	s.Fleets = append(s.Fleets, fleets...)
	for _, name := range slices.Sorted(maps.Keys(c.Functions)) {
		s.Functions = append(s.Functions, Function{Name: name, ID: c.Functions[name]})
	}
	return s, errors.Join(errs...)
}

// count opens a queue and counts it. That there is no count yet is no error: it
// is so with every new grid where others count than the service itself.
func (c *Cloud) count(ctx context.Context, name string) (Queue, error) {
	opened, err := c.OpenQueue(ctx, c.Queues[name])
	if err != nil {
		return Queue{}, err
	}
	defer opened.Close()
	caps := opened.Caps()
	q := Queue{
		Name: name, URL: c.Queues[name], LeaseSeconds: int(opened.Lease().Seconds()),
		CountedTogether: caps.CountsTogether, LagSeconds: int(caps.StatsLag.Seconds()),
	}
	stats, err := opened.Stats(ctx)
	if q.Uncounted = queue.KindOf(err) == queue.KindUncounted; q.Uncounted {
		return q, nil
	}
	q.Ready, q.Leased = stats.Ready, stats.Leased
	return q, err
}
