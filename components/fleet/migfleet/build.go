package migfleet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/serviceaccount"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/naming"
)

// plan is one fleet on its way to being declared.
type plan struct {
	*Driver
	ctx    *pulumi.Context
	name   string
	args   fleet.Args
	parent pulumi.ResourceOption

	// id is the fleet's name with what tells it from those of other stacks in
	// the project, for what Pulumi cannot add random letters to.
	id      string
	mount   Mount
	program *artifact.Object
	account *serviceaccount.Account
	// rights are what a machine may do; none starts before they are there.
	rights []pulumi.Resource
	groups []Group
}

// Build implements fleet.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, a fleet.Args, parent pulumi.ResourceOption) (*fleet.Binding, error) {
	p := &plan{Driver: d, ctx: ctx, name: name, args: a, parent: parent, id: unique(ctx.Project(), ctx.Stack(), name)}
	for _, step := range []struct {
		what  string
		build func() error
	}{
		{"worker program and mount", p.gather}, {"service account", p.buildAccount}, {"rights", p.buildRights},
		{"groups", p.buildGroups}, {"logs", p.buildLogs},
	} {
		if err := step.build(); err != nil {
			return nil, fmt.Errorf("registering %s: %w", step.what, err)
		}
	}
	d.keep(name, &Resources{
		Account: p.account, MachinePrefix: p.id + "-", Groups: p.groups,
		MaxWorkers: a.MaxWorkers, JobsPerWorker: a.JobsPerWorker, NativeAutoscaler: d.options.NativeAutoscaler,
	})
	return &fleet.Binding{ID: pulumi.String(p.id).ToStringOutput()}, nil
}

func (p *plan) child(name string) string { return naming.Child(p.name, name) }

// labels are the user's and the fleet's.
func (p *plan) labels() pulumi.StringMap {
	labels := maps.Clone(p.options.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels["spotgrid-fleet"] = p.name
	return pulumi.ToStringMap(labels)
}

const (
	// maxIDLength is that of a service account's ID, the shortest of what the
	// id goes into (IAM API reference, serviceAccounts.create).
	maxIDLength = 30
	digestChars = 7
)

// unique makes a name of the fleet's that no other stack of the project has,
// and that is the same whenever the stack is deployed.
func unique(project, stack, name string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{project, stack, name}, "\x00")))
	name = name[:min(len(name), maxIDLength-digestChars-1)]
	return strings.TrimRight(name, "-") + "-" + hex.EncodeToString(sum[:])[:digestChars]
}

// check is of a Mount that there is.
func (m Mount) check() error {
	_, known := mountOptions[m.Version]
	switch {
	case m.isNone():
		return nil
	case m.Server == nil || m.Share == nil:
		return errors.New("mount names no server or no share")
	case !pathPattern.MatchString(m.Path):
		return fmt.Errorf("mount path is %q, want one such as /mnt/grid", m.Path)
	case !known:
		return fmt.Errorf("mount is of NFS version %q, want 3 or 4.1", m.Version)
	}
	return nil
}

func (m Mount) isNone() bool { return m == Mount{} }

// gather asks for what the machines are handed.
func (p *plan) gather() (err error) {
	if p.mount, err = p.options.Mount(p.args); err != nil {
		return err
	}
	if err := p.mount.check(); err != nil {
		return err
	}
	p.program, err = p.options.Store.Put(p.ctx, "worker", p.args.Worker)
	return err
}
