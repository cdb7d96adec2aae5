// Package gcpnetwork builds networks that are VPC networks of Google Cloud:
// machines have no public addresses, nothing opens a connection to them, and
// they open none but to what they need.
//
// A subnet of Google Cloud spans the zones of its region (VPC, subnets), so a
// network has one: every zone's Subnet is that same one, and a zone more costs
// and moves nothing.
package gcpnetwork

import (
	"maps"
	"slices"
	"sync"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/compute"

	"github.com/spotgrid/spotgrid/components/gcpvalue"
	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/network"
)

// Egress is how machines reach what is outside their network.
type Egress string

const (
	// EgressPrivate gives machines Google's APIs, through private Google
	// access, and no internet. It costs nothing by itself.
	EgressPrivate Egress = "private"
	// EgressNAT gives machines the internet too, by HTTPS, through Cloud NAT.
	// It costs for each machine and hour up to a limit, for its public
	// addresses and for each GB. Prices: https://cloud.google.com/nat/pricing.
	EgressNAT Egress = "nat"
)

const (
	// minPrefixBits is that of 10.0.0.0/8, the largest private range (RFC
	// 1918); maxPrefixBits that of the smallest subnet, which leaves four
	// addresses to machines (VPC, subnets, IPv4 subnet ranges).
	minPrefixBits, maxPrefixBits = 8, 29
	// maxZones is ours, to find slips: a zone costs nothing here.
	maxZones = 8

	// Defaults of flow logs: Google's own sampling, and ten minutes, which make
	// far fewer records than five seconds. Nothing alarms on them.
	defaultSamplingPercent = 50
	defaultIntervalSeconds = 600
)

// AllowPriority is that of the rules that let something through: drivers that
// build on the network add theirs with it. The rule that refuses everything
// else comes after it.
const AllowPriority = 1000

// Options of all networks of a driver.
type Options struct {
	// Region that the subnet and its zones are of, such as "europe-west1".
	Region string
	// Egress is required.
	Egress Egress
	// PrivateDomains makes the names of Google's APIs, of Artifact Registry and
	// of Cloud Run resolve to private.googleapis.com inside the network, and
	// lets machines out to that range alone. Without it, the names resolve to
	// what they do everywhere, so that HTTPS is let out to any address: of a
	// machine without a public address, and with no gateway, the default route
	// carries that to Google's APIs and nowhere else. With it that holds too of
	// a machine that somebody gave a public address. It needs the Cloud DNS API
	// and costs for each of three zones. Only with EgressPrivate.
	PrivateDomains bool
	// IAPSSH lets SSH in from Identity-Aware Proxy, which asks who it is before
	// it forwards. Without it nothing gets in.
	IAPSSH bool
	// FlowLogs is the record of connections. It is kept in Cloud Logging, for as
	// long as the project's log bucket keeps it, and costs for each GB.
	FlowLogs FlowLogs
	// Labels go on everything that can carry labels: the zones of
	// PrivateDomains. Networks, subnets and rules carry none.
	Labels map[string]string
}

// FlowLogs are what is recorded of the connections of a network.
type FlowLogs struct {
	// SamplingPercent of the connections that are recorded: 1..100; 0: 50.
	SamplingPercent int
	// IntervalSeconds is what one record covers: 5, 30, 60, 300, 600 or 900;
	// 0: 600.
	IntervalSeconds int
	// WithoutNames leaves out the names of machines and zones, which make a
	// record larger. An address alone does not tell who had it yesterday.
	WithoutNames bool
}

// Resources are what a network is made of, for drivers that build on it. They
// let more through with rules of their own, with AllowPriority, for the service
// account of those that may.
type Resources struct {
	Network    *compute.Network
	Subnetwork *compute.Subnetwork
}

// Driver builds VPC networks.
type Driver struct {
	options Options

	mu    sync.Mutex
	built map[string]*Resources
}

var _ network.Driver = (*Driver)(nil)

// New makes a driver. Faults of the options come with those of the arguments,
// from network.New.
func New(o Options) *Driver {
	if o.FlowLogs.SamplingPercent == 0 {
		o.FlowLogs.SamplingPercent = defaultSamplingPercent
	}
	if o.FlowLogs.IntervalSeconds == 0 {
		o.FlowLogs.IntervalSeconds = defaultIntervalSeconds
	}
	return &Driver{options: o, built: map[string]*Resources{}}
}

// Target implements network.Driver.
func (*Driver) Target() string { return "gcp" }

// Caps implements network.Driver.
func (*Driver) Caps() network.Caps {
	return network.Caps{MinPrefixBits: minPrefixBits, MaxPrefixBits: maxPrefixBits, MaxZones: maxZones}
}

// Built returns what the network of that name is made of, once it is declared.
func (d *Driver) Built(name string) (*Resources, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, ok := d.built[name]
	return r, ok
}

func (d *Driver) keep(name string, r *Resources) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.built[name] = r
}

// Check implements network.Driver.
func (d *Driver) Check(a network.Args) error {
	var f limits.Faults
	o := d.options
	gcpvalue.CheckRegion(&f, o.Region)
	for _, zone := range a.Zones {
		gcpvalue.CheckZone(&f, o.Region, zone)
	}
	switch o.Egress {
	case EgressPrivate, EgressNAT:
	default:
		f.Addf("egress is %q, want %q or %q", o.Egress, EgressPrivate, EgressNAT)
	}
	if o.PrivateDomains && o.Egress == EgressNAT {
		f.Addf("private domains are asked for with egress %q, want %q: the gateway lets machines out to any address", EgressNAT, EgressPrivate)
	}
	f.Between("flowLogs.samplingPercent", o.FlowLogs.SamplingPercent, 1, 100)
	if _, ok := intervals[o.FlowLogs.IntervalSeconds]; !ok {
		f.Addf("flowLogs.intervalSeconds is %d, want one of %d", o.FlowLogs.IntervalSeconds, slices.Sorted(maps.Keys(intervals)))
	}
	gcpvalue.CheckLabels(&f, o.Labels)
	return f.Err()
}
