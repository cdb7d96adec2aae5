// Package gcp is the scaler's view of Google Cloud: queues of Pub/Sub, whose
// backlog Cloud Monitoring counts, and managed instance groups of Compute Engine.
//
// A queue is pubsub://PROJECT/SUBSCRIPTION (its topic may follow, as in the URL
// that workers open), a group mig://PROJECT/ZONE-or-REGION/GROUP.
//
// It needs compute.instanceGroupManagers.get and .update on the groups, and
// monitoring.timeSeries.list on the project of the queue.
package gcp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/compute"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
	"github.com/spotgrid/spotgrid/workloads/scaler"
)

// Cloud is Google Cloud.
type Cloud struct {
	compute    *compute.Client
	monitoring *rest.Client
	now        func() time.Time
}

var _ scaler.Cloud = (*Cloud)(nil)

// New makes a view with application default credentials. Now is the time. It
// calls nothing. The environment variables SPOTGRID_COMPUTE_ENDPOINT and SPOTGRID_MONITORING_ENDPOINT
// send the calls elsewhere.
func New(now func() time.Time) (*Cloud, error) {
	c, err := compute.New()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", compute.EndpointVariable, err)
	}
	m, err := rest.New(rest.Options{Base: cmp.Or(os.Getenv(MonitoringVariable), monitoringEndpoint)})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", MonitoringVariable, err)
	}
	return &Cloud{compute: c, monitoring: m, now: now}, nil
}

// CheckGroup says what is wrong with the URL of a group.
func (c *Cloud) CheckGroup(raw string) error {
	_, err := groupOf(raw)
	return err
}

func groupOf(raw string) (compute.Group, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return compute.Group{}, errors.New("not a URL, want mig://PROJECT/ZONE-or-REGION/GROUP")
	}
	g, err := compute.GroupOf(u)
	if u.RawQuery != "" {
		err = errors.Join(err, errors.New("it has parameters, want none"))
	}
	return g, err
}

// Size is how large a group is and should be.
func (c *Cloud) Size(ctx context.Context, group string) (scaler.Size, error) {
	g, err := groupOf(group)
	if err != nil {
		return scaler.Size{}, err
	}
	s, err := c.compute.Size(ctx, g)
	return scaler.Size{Target: s.Target, Running: s.Running}, err
}

// starting are the actions of a group that make a machine run. Source: "REST
// Resource: instanceGroupManagers", ManagedInstance.currentAction.
var starting = map[string]bool{"CREATING": true, "CREATING_WITHOUT_RETRIES": true, "RECREATING": true, "STARTING": true, "RESTARTING": true, "RESUMING": true}

// Failures are when a group first and last failed to start a machine, whatever
// the reason: a lack of capacity, a quota that is used up, a template that is
// wrong.
func (c *Cloud) Failures(ctx context.Context, group string, since time.Time) (first, last time.Time, err error) {
	g, err := groupOf(group)
	if err != nil {
		return first, last, err
	}
	failures, err := c.compute.Failures(ctx, g)
	for _, f := range failures {
		if !starting[f.Action] || f.At.Before(since) {
			continue
		}
		if first.IsZero() || f.At.Before(first) {
			first = f.At
		}
		if f.At.After(last) {
			last = f.At
		}
	}
	return first, last, err
}

// Resize sets how many machines a group should have.
func (c *Cloud) Resize(ctx context.Context, group string, size int) error {
	g, err := groupOf(group)
	if err != nil {
		return err
	}
	return c.compute.Resize(ctx, g, size)
}

// maxDeleted is how many machines one call can delete. Source: deleteInstances in
// the API reference.
const maxDeleted = 1000

// Cancel deletes entries of a group for which there is no machine yet, by their
// names. To resize the group would leave it to the group which to take, and one
// that has just started to run may already work.
func (c *Cloud) Cancel(ctx context.Context, group string, count int) (int, error) {
	g, err := groupOf(group)
	if err != nil {
		return 0, err
	}
	machines, err := c.compute.Machines(ctx, g)
	if err != nil {
		return 0, err
	}
	var names []string
	for _, m := range machines {
		// The URL is .../projects/PROJECT/zones/ZONE/instances/NAME.
		_, name, ok := strings.Cut(m.URL, "/projects/"+g.Project+"/")
		if ok && m.Status == "" && starting[m.Action] && len(names) < min(count, maxDeleted) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return 0, nil
	}
	if err := c.compute.Delete(ctx, g, names...); err != nil {
		return 0, err
	}
	return len(names), nil
}
