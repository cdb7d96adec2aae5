package settings

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/components/machinetype"
)

// GCP is spotgrid:gcp: what only that cloud has.
type GCP struct {
	// Project is its ID, ProjectNumber its number, which the names of Google's
	// service agents hold.
	Project       string   `json:"project"`
	ProjectNumber string   `json:"projectNumber"`
	Region        string   `json:"region"`
	Zones         []string `json:"zones"`
	// CIDR is the network's range of addresses.
	CIDR string `json:"cidr"`
	// Egress is how machines reach what is outside their network: private
	// (Google's APIs only) or nat.
	Egress string `json:"egress"`
	// Architecture of machines: amd64 or arm64.
	Architecture string `json:"architecture"`
	// Encryption is with keys of Google ("service", at no cost) or with one of
	// the stack's own ("key").
	Encryption string `json:"encryption"`
	// ExactlyOnce makes the queue refuse acknowledgements of lost leases.
	ExactlyOnce bool `json:"exactlyOnce"`
	// Files are what the volume is made of.
	Files Files `json:"files"`
	// Machines of every fleet; FleetMachines of single ones, by the fleet's
	// name, in their place.
	Machines      GCPMachines            `json:"machines"`
	FleetMachines map[string]GCPMachines `json:"fleetMachines"`
	// ScaleEvery is when the backlog is looked at, as crontab has it.
	ScaleEvery string `json:"scaleEvery"`
	// LogDays is how long logs of machines are kept in a bucket of their own; 0:
	// with the project's, for as long as those are kept.
	LogDays int `json:"logDays"`
	// BillingAccount is who pays for the project, for the watch's budget; empty:
	// there is no budget.
	BillingAccount string `json:"billingAccount"`
	// ForceDelete lets `pulumi destroy` delete the bucket of programs with what is
	// in it.
	ForceDelete bool `json:"forceDelete"`
}

// Files are the size and kind of a volume.
type Files struct {
	// Tier is zonal or regional; SizeGiB is paid whether it is used or not.
	Tier    string `json:"tier"`
	SizeGiB int    `json:"sizeGib"`
	// Clients is how many machines mount it at a time.
	Clients int `json:"clients"`
	// SquashRoot makes root of every machine nobody on the volume, once it is
	// made.
	SquashRoot bool `json:"squashRoot"`
}

// GCPMachines are what a fleet on Google Cloud is made of.
type GCPMachines struct {
	// Ranks are the kinds of machines, the first choice first; none: the
	// defaults of the architecture.
	Ranks []Rank `json:"ranks"`
	// OnDemandBase is how many machines are on demand before any is Spot.
	OnDemandBase int `json:"onDemandBase"`
	MaxRunHours  int `json:"maxRunHours"`
	RootGiB      int `json:"rootGib"`
	// AllowUnknownTypes takes types that are newer than the table of this
	// version.
	AllowUnknownTypes bool `json:"allowUnknownTypes"`
	// NativeAutoscaler has Compute Engine itself enlarge the fleet, which takes
	// one rank in one zone and, with AllowBeta, properties that the provider's
	// release here does not know.
	NativeAutoscaler bool `json:"nativeAutoscaler"`
	AllowBeta        bool `json:"allowBeta"`
}

// Rank is a type of machine and the zones to take it from.
type Rank struct {
	Type  string   `json:"type"`
	Zones []string `json:"zones"`
}

var (
	defaultGCPMachines = GCPMachines{MaxRunHours: 168, RootGiB: 16}
	defaultGCP         = GCP{
		CIDR: "10.30.0.0/16", Egress: "private", Architecture: "amd64", Encryption: "service",
		Files: Files{Tier: "zonal", SizeGiB: 1024, Clients: 100}, Machines: defaultGCPMachines, ScaleEvery: "* * * * *",
	}
)

func (m *GCPMachines) setDefaults() { *m = defaultGCPMachines }

var (
	// Source: https://cloud.google.com/resource-manager/docs/creating-managing-projects
	projectPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{4,28}[a-z0-9]$`)
	numberPattern  = regexp.MustCompile(`^[1-9][0-9]{5,18}$`)
)

// checkGCP looks at what no driver could say better; drivers check the rest.
func (l *loader) checkGCP(s Settings) {
	g := s.GCP
	if !projectPattern.MatchString(g.Project) {
		l.addf("gcp.project is %q, want a project's ID: 6..30 of a-z, 0-9 and hyphens, a letter first", g.Project)
	}
	if !numberPattern.MatchString(g.ProjectNumber) {
		l.addf("gcp.projectNumber is %q, want the project's number: `gcloud projects describe PROJECT` says it", g.ProjectNumber)
	}
	l.place("gcp", g.Region, g.Zones, machinetype.GCP(), "europe-west1")
	l.oneOf("gcp.egress", g.Egress, "private", "nat")
	l.oneOf("gcp.architecture", g.Architecture, "arm64", "amd64")
	l.oneOf("gcp.encryption", g.Encryption, "service", "key")
	l.oneOf("gcp.files.tier", g.Files.Tier, "zonal", "regional")
	l.fleetsOf("gcp.fleetMachines", slices.Sorted(maps.Keys(g.FleetMachines)), s)
	l.checkRanks("gcp.machines", g.Machines, g)
	for _, name := range slices.Sorted(maps.Keys(g.FleetMachines)) {
		l.checkRanks("gcp.fleetMachines."+name, g.FleetMachines[name], g)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Functions)) {
		if f := s.Functions[name]; s.isHome("gcp") && f.Source != nil && f.Source.BatchSize != 1 {
			l.addf("functions.%s.source.batchSize is %d, want 1: Pub/Sub calls a function with one message", name, f.Source.BatchSize)
		}
	}
	for _, name := range s.FleetsIn("gcp") {
		if f := s.Fleets[name]; f.DrainSeconds > maxGCPDrainSeconds {
			l.addf("fleets.%s.drainSeconds is %d, want 0..%d: Compute Engine ends a Spot machine 30 seconds after its notice", name, f.DrainSeconds, maxGCPDrainSeconds)
		}
	}
	l.schedule("gcp.scaleEvery", g.ScaleEvery)
	if s.Target == "gcp" {
		l.owned(s.Tags)
	}
}

// maxGCPDrainSeconds is the fleet driver's.
const maxGCPDrainSeconds = 25

// checkRanks finds slips in machine types before anything is registered.
func (l *loader) checkRanks(path string, m GCPMachines, g GCP) {
	for i, r := range m.Ranks {
		at := place(path+".ranks", i)
		machine, known := machinetype.GCP().Lookup(r.Type)
		switch {
		case !known && !m.AllowUnknownTypes:
			l.addf("%s.type: %w", at, machinetype.GCP().Unknown(r.Type))
		case known && machine.Architecture != g.Architecture:
			l.addf("%s.type is %q, which is %s, want types of gcp.architecture %s", at, r.Type, machine.Architecture, g.Architecture)
		}
		for _, zone := range r.Zones {
			if !slices.Contains(g.Zones, zone) {
				l.addf("%s.zones has %q, want zones of gcp.zones: %s", at, zone, strings.Join(g.Zones, ", "))
			}
		}
	}
}
