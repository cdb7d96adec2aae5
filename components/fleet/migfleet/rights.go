package migfleet

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/projects"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/serviceaccount"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/storage"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
)

// buildAccount makes the account that the machines act as. It has no keys:
// machines get tokens from their metadata server.
func (p *plan) buildAccount() (err error) {
	if p.account = p.options.Account; p.account != nil {
		return nil
	}
	p.account, err = NewAccount(p.ctx, p.options.Project, p.name, p.parent)
	return err
}

// NewAccount makes the account of a fleet's machines for those who need it
// before the fleet, as Options.Account.
func NewAccount(ctx *pulumi.Context, project, fleet string, parent pulumi.ResourceOption) (*serviceaccount.Account, error) {
	a, err := serviceaccount.NewAccount(ctx, naming.Child(fleet, "machine"), &serviceaccount.AccountArgs{
		AccountId: pulumi.String(unique(ctx.Project(), ctx.Stack(), fleet)), DisplayName: pulumi.String("Machines of fleet " + fleet),
		Description: pulumi.String("Fetches the worker program, takes jobs, writes logs"),
		Project:     pulumi.String(project),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("registering service account of fleet %q: %w", fleet, err)
	}
	return a, nil
}

// buildRights lets machines do what they have to.
func (p *plan) buildRights() error {
	for _, build := range []func() error{p.letFetch, p.letLog, p.letLeave} {
		if err := build(); err != nil {
			return err
		}
	}
	return p.options.Grants(p.args, p.account.Member, p.parent)
}

// letFetch lets machines download the worker program at their boot: every
// content of it, since one that boots by the last declaration, while a new
// program takes its place, still reads its own. The condition refuses to list
// objects, since a list has no object's name.
func (p *plan) letFetch() error {
	m, err := storage.NewBucketIAMMember(p.ctx, p.child("machine-fetch"), &storage.BucketIAMMemberArgs{
		Bucket: p.program.Place, Role: pulumi.String("roles/storage.objectViewer"), Member: p.account.Member,
		Condition: storage.BucketIAMMemberConditionArgs{
			Title: pulumi.String("worker program"), Description: pulumi.String("Only what machines run, at their boot"),
			Expression: pulumi.Sprintf(`resource.name.startsWith("%s")`, p.program.ID),
		},
	}, p.parent)
	p.rights = append(p.rights, m)
	return err
}

// letLog lets machines say why they could not become workers. What they print
// afterwards reaches Cloud Logging through the serial port.
func (p *plan) letLog() error {
	return p.onProject("machine-log", pulumi.String("roles/logging.logWriter"))
}

// letLeave lets machines take themselves out of their group. No role of
// Google's holds that alone, and groups have no policy of their own, nor do
// conditions know their names (IAM, resource attributes for conditions: the
// list has instances, but no instance group managers). So the right is one on
// all groups of the project, which is why a grid should have a project of its
// own.
func (p *plan) letLeave() error {
	// deleteInstances of both kinds of groups asks for update (Compute Engine
	// API reference, instanceGroupManagers and regionInstanceGroupManagers).
	permissions := []string{"compute.instanceGroupManagers.update"}
	if p.args.MinWorkers > 0 { // a machine looks whether the group may be without it
		permissions = append(permissions, "compute.instanceGroupManagers.get")
	}
	role, err := projects.NewIAMCustomRole(p.ctx, p.child("leave"), &projects.IAMCustomRoleArgs{
		RoleId: pulumi.String("spotgrid_leave_" + strings.ReplaceAll(p.id, "-", "_")), Title: pulumi.String("Leave a fleet: " + p.name),
		Description: pulumi.String("A machine that has nothing to do, or cannot work, takes itself out of its group"),
		Permissions: pulumi.ToStringArray(permissions), Project: pulumi.String(p.options.Project),
	}, p.parent)
	if err != nil {
		return err
	}
	return p.onProject("machine-leave", role.Name)
}

func (p *plan) onProject(child string, role pulumi.StringInput) error {
	m, err := projects.NewIAMMember(p.ctx, p.child(child), &projects.IAMMemberArgs{
		Project: pulumi.String(p.options.Project), Role: role, Member: p.account.Member,
	}, p.parent)
	p.rights = append(p.rights, m)
	return err
}
