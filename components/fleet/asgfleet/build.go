package asgfleet

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
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

	groupName string
	mount     Mount
	program   *artifact.Object
	logs      *cloudwatch.LogGroup
	role      *iam.Role
	profile   *iam.InstanceProfile
	template  *ec2.LaunchTemplate
	group     *autoscaling.Group
	// policies are what a machine may do; none starts before they are there.
	policies []pulumi.Resource
}

// Build implements fleet.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, a fleet.Args, parent pulumi.ResourceOption) (*fleet.Binding, error) {
	p := &plan{Driver: d, ctx: ctx, name: name, args: a, parent: parent, groupName: d.options.GroupName(name)}
	for _, step := range []struct {
		what  string
		build func() error
	}{
		{"worker program and mount", p.gather}, {"log group", p.buildLogs}, {"role", p.buildRole}, {"launch template", p.buildTemplate},
		{"group", p.buildGroup}, {"rights on the group", p.buildGroupRights}, {"scaling", p.buildScaling},
	} {
		if err := step.build(); err != nil {
			return nil, fmt.Errorf("registering %s: %w", step.what, err)
		}
	}
	d.keep(name, &Resources{Role: p.role, Group: p.group, MinWorkers: a.MinWorkers, MaxWorkers: a.MaxWorkers, JobsPerWorker: a.JobsPerWorker})
	return &fleet.Binding{ID: p.group.Name}, nil
}

func (p *plan) child(name string) string { return naming.Child(p.name, name) }

func (p *plan) tagMap(child string) pulumi.StringMap {
	return pulumi.ToStringMap(p.tags(p.child(child)))
}

func (m Mount) isNone() bool { return m == Mount{} }

func (m Mount) check() error {
	switch {
	case m.isNone():
		return nil
	case m.FileSystemID == nil || m.AccessPointID == nil:
		return errors.New("mount names no file system or no access point")
	case !pathPattern.MatchString(m.Path):
		return fmt.Errorf("mount path is %q, want one such as /mnt/grid", m.Path)
	}
	return nil
}

// gather asks for what the machines are handed.
func (p *plan) gather() (err error) {
	if !groupPattern.MatchString(p.groupName) {
		return fmt.Errorf("name of the group is %q, want 1..200 letters, digits and . _ -", p.groupName)
	}
	if p.mount, err = p.options.Mount(p.args); err != nil {
		return err
	}
	if err := p.mount.check(); err != nil {
		return err
	}
	p.program, err = p.options.Store.Put(p.ctx, "worker", p.args.Worker)
	return err
}

func (p *plan) buildLogs() (err error) {
	args := &cloudwatch.LogGroupArgs{RetentionInDays: pulumi.Int(p.options.LogDays), Tags: p.tagMap("logs")}
	if p.options.KMSKeyARN != nil {
		args.KmsKeyId = p.options.KMSKeyARN.ToStringOutput()
	}
	p.logs, err = cloudwatch.NewLogGroup(p.ctx, p.child("logs"), args, p.parent)
	return err
}
