// Package mig asks Google Cloud for fleets: each is a number of managed instance
// groups of Compute Engine, each worker an instance of one.
//
// A fleet's ID is what the names of its machines start with, and no machine of
// anything else. By it the fleet's groups are found, however many there are.
package mig

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/gridstatus"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/compute"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
)

// answerLimit is how long all calls together may take.
const answerLimit = 30 * time.Second

// Driver asks for the fleets of one project. It only reads.
type Driver struct {
	project string
	lists   *rest.Client
	groups  *compute.Client
}

var _ gridstatus.FleetDriver = (*Driver)(nil)

// New makes a driver with application default credentials, which need
// compute.instanceGroupManagers.list and .get and compute.instances.list on the
// project. It calls nothing. The environment variable SPOTGRID_COMPUTE_ENDPOINT
// sends the calls elsewhere.
func New(project string) (*Driver, error) {
	if !compute.ValidProject(project) {
		return nil, fmt.Errorf("the grid's outputs do not say its project: control.project is %q", project)
	}
	lists, err := newLists()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", compute.EndpointVariable, err)
	}
	groups, err := compute.New()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", compute.EndpointVariable, err)
	}
	return &Driver{project: project, lists: lists, groups: groups}, nil
}

var errNoAnswer = fmt.Errorf("%w within %s", gridstatus.ErrUnavailable, answerLimit)

// Fleets implements gridstatus.FleetDriver. ids maps names to what the names of
// the fleets' machines start with, without the hyphen that follows.
func (d *Driver) Fleets(ctx context.Context, ids map[string]string) ([]gridstatus.Fleet, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if err := checkIDs(ids); err != nil {
		return nil, err
	}
	bound, cancel := context.WithTimeoutCause(ctx, answerLimit, errNoAnswer)
	defer cancel()
	fleets, err := d.find(bound, ids)
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(bound), errNoAnswer) {
		err = fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	return fleets, err
}

// checkIDs keeps what else a filter could mean out of it.
func checkIDs(ids map[string]string) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(ids)) {
		if !compute.ValidName(ids[name]) {
			errs = append(errs, fmt.Errorf("fleet %q: its ID is %q, want lower-case letters, digits and hyphens, starting with a letter", name, ids[name]))
		}
	}
	return errors.Join(errs...)
}

// find asks for groups and machines and sorts them into fleets. With an error it
// returns what it found.
func (d *Driver) find(ctx context.Context, ids map[string]string) ([]gridstatus.Fleet, error) {
	prefixes := slices.Sorted(maps.Values(ids))
	groups, unseen, err := d.listGroups(ctx, prefixes)
	if err != nil {
		return nil, d.explained(err)
	}
	machines, more, err := d.listMachines(ctx, prefixes)
	unseen = append(unseen, more...)
	errs := []error{d.explained(err), unreached(unseen)}
	var fleets []gridstatus.Fleet
	for _, name := range slices.Sorted(maps.Keys(ids)) {
		f := fleet(name, ids[name], groups, machines)
		if len(f.Groups) == 0 {
			if len(unseen) == 0 { // else it may be where nobody answered
				errs = append(errs, fmt.Errorf("fleet %q, managed instance groups for machines %s-… in project %s: %w; `make up` makes it anew", name, f.Group, d.project, gridstatus.ErrGone))
			}
			continue
		}
		f.Problem, err = d.problem(ctx, f)
		errs = append(errs, d.explained(err))
		fleets = append(fleets, f)
	}
	return fleets, errors.Join(errs...)
}

// fleet is what is there of the fleet with that ID.
func fleet(name, id string, groups []group, machines []machine) gridstatus.Fleet {
	f := gridstatus.Fleet{Name: name, Group: id, Workers: []gridstatus.Worker{}}
	for _, g := range groups {
		if !isOf(g.BaseInstanceName, id) {
			continue
		}
		status := g.status()
		f.Groups = append(f.Groups, status)
		f.Desired += status.Desired
		f.InService += status.InService
	}
	for _, m := range machines {
		if isOf(m.Name, id) {
			f.Workers = append(f.Workers, m.worker())
		}
	}
	slices.SortFunc(f.Groups, func(a, b gridstatus.Group) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Workers, func(a, b gridstatus.Worker) int { return cmp.Compare(a.Name, b.Name) })
	return f
}

// isOf reports whether a name is one of the fleet's machines, or of what they are
// called after.
func isOf(name, id string) bool { return strings.HasPrefix(name, id+"-") }

// problem is what the groups that have fewer machines than they should failed at
// last, "" if that is nothing.
func (d *Driver) problem(ctx context.Context, f gridstatus.Fleet) (string, error) {
	var last compute.Failure
	var where string
	var errs []error
	for _, g := range f.Groups {
		if g.InService >= g.Desired {
			continue
		}
		failures, err := d.groups.Failures(ctx, compute.Group{Project: d.project, Location: g.Location, Name: g.Name})
		errs = append(errs, err)
		for _, one := range failures {
			if one.At.After(last.At) {
				last, where = one, g.Name
			}
		}
	}
	if where == "" {
		return "", errors.Join(errs...)
	}
	return fmt.Sprintf("%s: %s failed at %s in %s", last.Code, last.Action, last.At.UTC().Format(time.RFC3339), where), errors.Join(errs...)
}

// unreached is the error that some places did not answer for.
func unreached(places []string) error {
	if len(places) == 0 {
		return nil
	}
	slices.Sort(places)
	return fmt.Errorf("%w of Compute Engine for %s: what is there is missing", gridstatus.ErrUnavailable, strings.Join(slices.Compact(places), ", "))
}

// explained adds what to do, and the kind that callers act on.
func (d *Driver) explained(err error) error {
	if err == nil {
		return nil
	}
	switch rest.ClassOf(err) {
	case rest.NoAccess:
		if errors.Is(err, rest.ErrNoCredentials) {
			return fmt.Errorf("%w: %w", gridstatus.ErrDenied, err)
		}
		return fmt.Errorf("%w in project %s: have the credentials roles/compute.viewer on it? %w", gridstatus.ErrDenied, d.project, err)
	case rest.NotFound:
		return fmt.Errorf("project %s: %w: %w", d.project, gridstatus.ErrGone, err)
	case rest.Throttled, rest.Unavailable:
		return fmt.Errorf("%w of Compute Engine for project %s: %w", gridstatus.ErrUnavailable, d.project, err)
	}
	return err
}
