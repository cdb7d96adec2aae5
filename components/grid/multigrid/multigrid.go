// Package multigrid stands one grid in two clouds. Its queue, its volume and its
// functions are in one of them, the home; its fleets are in both. Machines abroad
// reach the home without a key: AWS takes the identity that Google signs for a
// machine, and Google takes the role that AWS says a machine has.
//
// The volume is a bucket: the one place where a job's result is claimed, wherever
// the job ran. Inputs that are larger than a job lie where the fleet is, or in
// buckets that jobs name.
package multigrid

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/grid/awsgrid"
	"github.com/spotgrid/spotgrid/components/grid/gcpgrid"
	"github.com/spotgrid/spotgrid/components/naming"
)

// Cloud is one of the two.
type Cloud string

// The clouds.
const (
	AWS Cloud = "aws"
	GCP Cloud = "gcp"
)

// Options of a grid in two clouds.
type Options struct {
	// Home is where queue, volume and functions are.
	Home Cloud
	// Fleets says in which cloud each fleet is, by its name in the settings.
	Fleets map[string]Cloud
	// AWS and GCP are the parts in each. Volume, Abroad and, of GCP, Fleets are
	// this package's to set.
	AWS awsgrid.Options
	GCP gcpgrid.Options
	// Random gives random bytes, such as crypto/rand.Reader, for a name that
	// cannot be used twice.
	Random io.Reader
}

// Target is a region of each cloud.
type Target struct {
	options Options
	aws     *awsgrid.Target
	gcp     *gcpgrid.Target
}

var _ grid.Target = (*Target)(nil)

// New makes the target. All faults of the options that are about both clouds come
// in one error; those of one come from its drivers.
func New(o Options) (*Target, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("reading options of a grid in two clouds: %w", err)
	}
	o.AWS.Volume, o.GCP.Volume = awsgrid.VolumeBucket, gcpgrid.VolumeBucket
	o.GCP.Fleets = o.fleetsIn(GCP)
	return &Target{options: o}, nil
}

func (o Options) check() error {
	var errs []error
	if o.Home != AWS && o.Home != GCP {
		errs = append(errs, fmt.Errorf("home is %q, want %q or %q", o.Home, AWS, GCP))
	}
	for _, name := range slices.Sorted(maps.Keys(o.Fleets)) {
		if c := o.Fleets[name]; c != AWS && c != GCP {
			errs = append(errs, fmt.Errorf("fleet %q is in cloud %q, want %q or %q", name, c, AWS, GCP))
		}
	}
	if o.AWS.Images {
		errs = append(errs, errors.New("functions on AWS are images, want zip packages: there is one registry, on Google Cloud"))
	}
	if o.Random == nil {
		errs = append(errs, errors.New("no source of random bytes is given"))
	}
	return errors.Join(errs...)
}

// fleetsIn are the names of the fleets in a cloud, in order.
func (o Options) fleetsIn(c Cloud) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(o.Fleets)) {
		if o.Fleets[name] == c {
			names = append(names, name)
		}
	}
	return names
}

// Name implements grid.Target.
func (*Target) Name() string { return "multicloud" }

// Options implements grid.Target: the providers of both clouds.
func (t *Target) Options(ctx *pulumi.Context) ([]pulumi.ResourceOption, error) {
	t.aws, t.gcp = awsgrid.New(t.options.AWS), gcpgrid.New(t.options.GCP)
	onAWS, err := t.aws.Options(ctx)
	if err != nil {
		return nil, err
	}
	onGCP, err := t.gcp.Options(ctx)
	return append(onAWS, onGCP...), err
}

// Prepare implements grid.Target: what the parts stand on in each cloud, and the
// trust between them.
func (t *Target) Prepare(ctx *pulumi.Context, name string, parent pulumi.ResourceOption) (*grid.Drivers, error) {
	p := &plan{Target: t, ctx: ctx, name: name, parent: parent, admitted: map[string]fleet.Args{}}
	if t.options.Home == AWS {
		return p.atHomeOnAWS()
	}
	return p.atHomeOnGCP()
}

// plan is one grid on its way to being declared.
type plan struct {
	*Target
	ctx    *pulumi.Context
	name   string
	parent pulumi.ResourceOption
	// admitted are the fleets abroad, by their names in the settings.
	admitted map[string]fleet.Args
	machines []machines
}

func (p *plan) child(name string) string { return naming.Child(p.name, name) }

// audience is whom identity tokens of this stack's machines are for: no other
// stack takes them.
func (p *plan) audience() string {
	return strings.Join([]string{"spotgrid", p.ctx.Organization(), p.ctx.Project(), p.ctx.Stack()}, "/")
}

// both are the drivers of the home, with the fleets of each cloud.
func (p *plan) both(home, onAWS, onGCP *grid.Drivers) *grid.Drivers {
	d := *home
	d.Fleet = func(name string) (fleet.Driver, error) {
		switch p.options.Fleets[name] {
		case AWS:
			return onAWS.Fleet(name)
		case GCP:
			return onGCP.Fleet(name)
		}
		return nil, fmt.Errorf("it is in no cloud, want one of those of the target: %q", slices.Sorted(maps.Keys(p.options.Fleets)))
	}
	d.Complete = onGCP.Complete
	d.Watch = append(slices.Clone(home.Watch), onAWS.Watch...)
	if t := p.options.Home; t == AWS {
		d.Watch = append(slices.Clone(home.Watch), onGCP.Watch...)
	}
	control := pulumi.StringMap{"home": pulumi.String(p.options.Home)}
	for cloud, of := range map[Cloud]*grid.Drivers{AWS: onAWS, GCP: onGCP} {
		for key, value := range of.Control {
			control[naming.Child(string(cloud), key)] = value
		}
	}
	for name, cloud := range p.options.Fleets {
		control["fleet-"+name] = pulumi.String(cloud)
	}
	maps.Copy(control, home.Control)
	d.Control = control
	return &d
}
