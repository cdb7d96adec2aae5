package main

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/fleet/migfleet"
	"github.com/spotgrid/spotgrid/components/gcpprovider"
	"github.com/spotgrid/spotgrid/components/gcpvalue"
	"github.com/spotgrid/spotgrid/components/grid/gcpgrid"
	"github.com/spotgrid/spotgrid/components/network/gcpnetwork"
	"github.com/spotgrid/spotgrid/components/volume/filestorevolume"
	"github.com/spotgrid/spotgrid/stacks/settings"
)

func gcpOptions(ctx *pulumi.Context, s settings.Settings, p Place) (gcpgrid.Options, error) {
	scaler, err := artifact.Open(p.built(runArchitecture, "scaler"))
	if err != nil {
		return gcpgrid.Options{}, err
	}
	g := s.GCP
	return gcpgrid.Options{
		Project: g.Project, ProjectNumber: g.ProjectNumber, Region: g.Region, Zones: g.Zones, CIDR: g.CIDR,
		Egress: gcpnetwork.Egress(g.Egress), Architecture: g.Architecture, Encryption: gcpgrid.Encryption(g.Encryption),
		ExactlyOnce: g.ExactlyOnce, LogDays: g.LogDays, ForceDelete: g.ForceDelete, BillingAccount: g.BillingAccount,
		Volume: gcpgrid.VolumeKind(s.Volume.Kind), MountFiles: slices.Contains(s.Volume.Files, "gcp"), ProtectFiles: s.Volume.Protect,
		ProtectKey: s.Volume.Protect || s.Queue.Protect,
		Files:      gcpgrid.Files{Tier: tiers[g.Files.Tier], SizeGiB: g.Files.SizeGiB, Clients: g.Files.Clients, SquashRoot: g.Files.SquashRoot},
		Machines:   func(fleet string) gcpgrid.Machines { return gcpMachines(g, fleet) },
		Fleets:     s.FleetsIn("gcp"), Scaler: scaler, ScaleEvery: g.ScaleEvery, Labels: labels(ctx, s.Tags),
		Provider: gcpprovider.Options{Project: g.Project, Region: g.Region, Offline: s.Offline},
	}, nil
}

var tiers = map[string]filestorevolume.Tier{"zonal": filestorevolume.TierZonal, "regional": filestorevolume.TierRegional}

// gcpMachines of a fleet: its own, or those of all fleets.
func gcpMachines(g settings.GCP, fleet string) gcpgrid.Machines {
	m, ok := g.FleetMachines[fleet]
	if !ok {
		m = g.Machines
	}
	var ranks []migfleet.Rank
	for _, r := range m.Ranks {
		ranks = append(ranks, migfleet.Rank{MachineType: r.Type, Zones: r.Zones})
	}
	return gcpgrid.Machines{
		Ranks: ranks, OnDemandBase: m.OnDemandBase, MaxRunHours: m.MaxRunHours, RootGiB: m.RootGiB, AllowUnknownTypes: m.AllowUnknownTypes,
		NativeAutoscaler: m.NativeAutoscaler, AllowBeta: m.AllowBeta,
	}
}

// labels are the tags as Google Cloud takes them.
func labels(ctx *pulumi.Context, t settings.Tags) map[string]string {
	all := tags(ctx, t)
	for key, value := range all {
		all[key] = gcpvalue.Label(value)
	}
	return all
}
