package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/awsprovider"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/grid/awsgrid"
	"github.com/spotgrid/spotgrid/components/grid/gcpgrid"
	"github.com/spotgrid/spotgrid/components/grid/localgrid"
	"github.com/spotgrid/spotgrid/components/network/vpcnetwork"
	"github.com/spotgrid/spotgrid/stacks/settings"
)

// target is the only place that knows all targets.
func target(ctx *pulumi.Context, s settings.Settings, p Place) (grid.Target, error) {
	switch s.Target {
	case "local":
		return localTarget(ctx, s, p)
	case "aws":
		return awsgrid.New(awsOptions(ctx, s, p)), nil
	case "gcp":
		o, err := gcpOptions(ctx, s, p)
		return gcpgrid.New(o), err
	case "multicloud":
		return multiTarget(ctx, s, p)
	}
	return nil, fmt.Errorf("target %q has no grid", s.Target)
}

func localTarget(ctx *pulumi.Context, s settings.Settings, p Place) (grid.Target, error) {
	program, err := artifact.Open(filepath.Join(p.Programs, "spotgrid"))
	if err != nil {
		return nil, err
	}
	return localgrid.New(localgrid.Options{
		Directory: localDirectory(ctx.Stack(), s.Local, p), Program: program,
		QueuePort: s.Local.QueuePort, AgentPort: s.Local.AgentPort,
	}), nil
}

// localDirectory is where a local grid keeps its files; a relative path counts
// from the project.
func localDirectory(stack string, l settings.Local, p Place) string {
	switch {
	case l.Directory == "":
		return filepath.Join(p.Root, ".spotgrid", "grids", stack)
	case filepath.IsAbs(l.Directory):
		return filepath.Clean(l.Directory)
	}
	return filepath.Join(p.Root, l.Directory)
}

func awsOptions(ctx *pulumi.Context, s settings.Settings, p Place) awsgrid.Options {
	a := s.AWS
	return awsgrid.Options{
		Region: a.Region, Zones: a.Zones, CIDR: a.CIDR, Egress: vpcnetwork.Egress(a.Egress), EndpointServices: a.EndpointServices,
		Architecture: a.Architecture, Encryption: awsgrid.Encryption(a.Encryption), LogDays: a.LogDays, FlowLogDays: a.FlowLogDays,
		Volume: awsgrid.VolumeKind(s.Volume.Kind), Files: slices.Contains(s.Volume.Files, "aws"), ProtectFiles: s.Volume.Protect,
		ProtectKey: s.Volume.Protect || s.Queue.Protect,
		Backup:     a.Backup, Tracing: a.Tracing, ReserveConcurrency: a.ReserveConcurrency,
		Images: a.FunctionPackage == "image", Bucket: a.Bucket, ForceDelete: a.ForceDelete,
		Machines: func(fleet string) awsgrid.Machines { return machines(a, fleet) }, PackageFolder: filepath.Join(p.Root, ".spotgrid", "packages"),
		Tags:     tags(ctx, s.Tags),
		Provider: awsprovider.Options{Region: a.Region, Offline: s.Offline, Endpoint: a.Endpoint}, Without: without(s),
	}
}

// without is what the settings leave out. An offline preview also leaves the
// network's default security group alone: taking it over is an adoption, which
// not every build of the provider can plan without an account.
func without(s settings.Settings) []string {
	if !s.Offline {
		return s.AWS.Without
	}
	return append(slices.Clone(s.AWS.Without), awsgrid.WithoutDefaultSecurityGroup)
}

// machines of a fleet: its own, or those of all fleets.
func machines(a settings.AWS, fleet string) awsgrid.Machines {
	m, ok := a.FleetMachines[fleet]
	if !ok {
		m = a.Machines
	}
	return awsgrid.Machines{
		Types: m.Types, Requirements: (*asgfleet.Requirements)(m.Requirements), OnDemandBase: m.OnDemandBase, OnDemandPercent: m.OnDemandPercent,
		MaxLifetimeDays: m.MaxLifetimeDays, RootGiB: m.RootGiB, AllowUnknownTypes: m.AllowUnknownTypes,
	}
}

// tags say what a resource belongs to and who answers and pays for it.
func tags(ctx *pulumi.Context, t settings.Tags) map[string]string {
	return map[string]string{
		"project": ctx.Project(), "stack": ctx.Stack(), "owner": t.Owner, "cost-centre": t.CostCentre,
	}
}
