// Package mig is the machine group driver for managed instance groups of Compute
// Engine: the groups of a fleet on Google Cloud. Groups are declared elsewhere,
// and made larger by the scaler.
//
// Such a group cannot be told to spare a machine when it is made smaller, so
// nobody makes it smaller while there is work: a machine whose worker has had
// nothing to do for a while leaves. It calls deleteInstances for itself, which
// ends the machine and makes the group's target one smaller, so that no other
// takes its place. A machine that Compute Engine takes back does not leave: the
// group starts another one for it.
//
// # The minimum
//
// A group's minimum is told to both sides, as min in this driver's URL and in the
// configuration of the scaler, and neither needs the other:
//
//   - No machine leaves while the group's target is at its minimum, or below it.
//   - The scaler brings a target that is below the minimum back up to it.
//
// Machines that look at the same moment may leave together and go below the
// minimum. The scaler then asks for as many as are missing and no more, and those
// find the target at the minimum and stay: it ends there, nothing goes to and
// fro. Workers spread the moments when they look. A group without a minimum, which
// is the usual one, is not looked at before its machines leave.
//
// The driver calls compute.instanceGroupManagers.update on the group, with a
// minimum also compute.instanceGroupManagers.get, and nothing else; opening calls
// nothing. In a group of a region it asks the machine's metadata for the zone.
package mig

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"cloud.google.com/go/compute/metadata"

	"github.com/spotgrid/spotgrid/workloads/machinegroup"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/compute"
)

// zoneTimeout is how long the machine's own metadata may take to answer.
const zoneTimeout = 5 * time.Second

// Driver is one machine in its group. It is safe for concurrent use.
type Driver struct {
	client *compute.Client
	address
	// life ends when the driver is closed.
	life context.Context
	end  context.CancelFunc

	mu   sync.Mutex
	zone string // "" until it is known
}

var (
	_ machinegroup.Driver = (*Driver)(nil)
	_ machinegroup.Opener = Open
)

// Open makes the driver of the machine at
// mig://PROJECT/LOCATION/GROUP?instance=NAME, where LOCATION is the zone or the
// region of the group. A parameter min says how many machines the group must
// have, default 0. The environment variable SPOTGRID_COMPUTE_ENDPOINT sends the
// calls elsewhere; credentials are looked for when the first call is made. The
// error names every fault of the URL.
func Open(_ context.Context, u *url.URL) (machinegroup.Driver, error) {
	a, err := parse(u)
	if err != nil {
		return nil, err
	}
	client, err := compute.New()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", compute.EndpointVariable, err)
	}
	d := &Driver{client: client, address: a}
	if !a.IsRegional() {
		d.zone = a.Location
	}
	d.life, d.end = context.WithCancel(context.Background())
	return d, nil
}

// Caps say that groups cannot protect machines, and that machines leave.
func (d *Driver) Caps() machinegroup.Caps { return machinegroup.Caps{LeavesInService: true} }

// Protect does nothing: groups cannot protect machines.
func (d *Driver) Protect(ctx context.Context, _ bool) error {
	return d.call(ctx, func(context.Context) error { return nil })
}

// Leave deletes the machine from its group, unless the group's target is at its
// minimum. It returns when the deletion is planned.
func (d *Driver) Leave(ctx context.Context) error {
	return d.call(ctx, func(ctx context.Context) error {
		zone, err := d.ownZone(ctx)
		if err != nil {
			return err
		}
		if d.min > 0 {
			size, err := d.client.Size(ctx, d.Group)
			if err != nil {
				return err
			}
			if size.Target <= d.min {
				return fmt.Errorf("%w: its target is %d, its minimum %d", errAtMinimum, size.Target, d.min)
			}
		}
		return d.client.Delete(ctx, d.Group, "zones/"+zone+"/instances/"+d.instance)
	})
}

// ownZone is the machine's zone, which names the machine together with its name.
func (d *Driver) ownZone(ctx context.Context) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.zone != "" {
		return d.zone, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, zoneTimeout, errNoZone)
	defer cancel()
	zone, err := metadata.NewClient(nil).ZoneWithContext(ctx)
	if err != nil {
		return "", fmt.Errorf("%w (%w)", errNoZone, err)
	}
	d.zone = zone
	return zone, nil
}

// call runs do with a context that also ends when the driver closes, and says
// which of these it was.
func (d *Driver) call(ctx context.Context, do func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.life.Err() != nil {
		return errClosed
	}
	bound, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(d.life, cancel)()
	err := do(bound)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case d.life.Err() != nil:
		return errClosed
	}
	return err
}

// Kind classifies the driver's errors.
func (d *Driver) Kind(err error) machinegroup.Kind { return kindOf(err) }

// Close ends all calls. Twice is nil.
func (d *Driver) Close() error {
	d.end()
	return nil
}

// Errors of this driver.
var (
	errClosed    = errors.New("the driver was closed")
	errAtMinimum = errors.New("the group needs the machine")
	errNoZone    = errors.New("the machine's metadata do not tell its zone")
)
