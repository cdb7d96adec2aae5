package settings

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/components/machinetype"
)

// AWS is spotgrid:aws: what only that cloud has.
type AWS struct {
	Region string   `json:"region"`
	Zones  []string `json:"zones"`
	// CIDR is the network's range of addresses.
	CIDR string `json:"cidr"`
	// Egress is how machines reach what is outside their network: nat or
	// endpoints. EndpointServices are those with an endpoint; none: the
	// defaults.
	Egress           string   `json:"egress"`
	EndpointServices []string `json:"endpointServices"`
	// Architecture of machines and functions: arm64 or amd64.
	Architecture string `json:"architecture"`
	// Encryption is with keys of the services ("service", at no cost) or with
	// one of the stack's own ("key").
	Encryption  string `json:"encryption"`
	LogDays     int    `json:"logDays"`
	FlowLogDays int    `json:"flowLogDays"`
	// Backup keeps daily copies of the volume's files.
	Backup bool `json:"backup"`
	// Tracing is X-Ray's, of functions.
	Tracing bool `json:"tracing"`
	// ReserveConcurrency sets the concurrency of functions aside for them.
	ReserveConcurrency bool `json:"reserveConcurrency"`
	// FunctionPackage is how functions are deployed: zip or image.
	FunctionPackage string `json:"functionPackage"`
	// Bucket is the name of the bucket for programs; empty: a unique one.
	Bucket string `json:"bucket"`
	// ForceDelete lets `pulumi destroy` delete the bucket and the image
	// repository with what is in them.
	ForceDelete bool `json:"forceDelete"`
	// Machines of every fleet; FleetMachines of single ones, by the fleet's
	// name, in their place.
	Machines      Machines            `json:"machines"`
	FleetMachines map[string]Machines `json:"fleetMachines"`
	// Endpoint answers in the place of AWS: an emulator's URL. Without lists
	// what it cannot do.
	Endpoint string   `json:"endpoint"`
	Without  []string `json:"without"`
}

// Machines are what a fleet on AWS is made of.
type Machines struct {
	// Types are ten or more; none: the defaults of the architecture. With
	// Requirements EC2 chooses.
	Types        []string      `json:"types"`
	Requirements *Requirements `json:"requirements"`
	// OnDemandBase is how many machines are on demand before any is spot,
	// OnDemandPercent of those above.
	OnDemandBase    int `json:"onDemandBase"`
	OnDemandPercent int `json:"onDemandPercent"`
	MaxLifetimeDays int `json:"maxLifetimeDays"`
	RootGiB         int `json:"rootGib"`
	// AllowUnknownTypes takes types that are newer than the table of this
	// version.
	AllowUnknownTypes bool `json:"allowUnknownTypes"`
}

// Requirements are what EC2 chooses machines by.
type Requirements struct {
	MinVCPUs                       int `json:"minVcpus"`
	MaxVCPUs                       int `json:"maxVcpus"`
	MinMemoryGiB                   int `json:"minMemoryGib"`
	MaxMemoryGiB                   int `json:"maxMemoryGib"`
	SpotPriceProtectionPercent     int `json:"spotPriceProtectionPercent"`
	OnDemandPriceProtectionPercent int `json:"onDemandPriceProtectionPercent"`
}

var (
	defaultMachines = Machines{MaxLifetimeDays: 7, RootGiB: 16}
	// EC2's own price protection (EC2 Auto Scaling user guide, attribute-based
	// instance type selection).
	defaultRequirements = Requirements{MinVCPUs: 2, MaxVCPUs: 4, MinMemoryGiB: 4, MaxMemoryGiB: 16, SpotPriceProtectionPercent: 100, OnDemandPriceProtectionPercent: 20}
	defaultAWS          = AWS{
		CIDR: "10.20.0.0/16", Egress: "nat", Architecture: "arm64", Encryption: "service",
		LogDays: 14, FlowLogDays: 14, Backup: true, ReserveConcurrency: true, FunctionPackage: "zip", Machines: defaultMachines,
	}
)

func (m *Machines) setDefaults()     { *m = defaultMachines }
func (r *Requirements) setDefaults() { *r = defaultRequirements }

// Withouts are what spotgrid:aws.without can list, each something that some
// emulator or build of the provider cannot do.
var Withouts = []string{
	"backup", "bucketPolicy", "defaultSecurityGroup", "endpoints", "instanceRefresh", "money", "redrivePermission", "volumePolicy",
}

var endpointPattern = regexp.MustCompile(`^https?://[^/]+$`)

// checkAWS looks at what no driver could say better; drivers check the rest.
func (l *loader) checkAWS(s Settings) {
	a := s.AWS
	l.place("aws", a.Region, a.Zones, machinetype.AWS(), "us-east-1")
	l.oneOf("aws.egress", a.Egress, "nat", "endpoints")
	l.oneOf("aws.architecture", a.Architecture, "arm64", "amd64")
	l.oneOf("aws.encryption", a.Encryption, "service", "key")
	l.oneOf("aws.functionPackage", a.FunctionPackage, "zip", "image")
	l.fleetsOf("aws.fleetMachines", slices.Sorted(maps.Keys(a.FleetMachines)), s)
	l.checkMachines("aws.machines", a.Machines, a.Architecture)
	for _, name := range slices.Sorted(maps.Keys(a.FleetMachines)) {
		l.checkMachines("aws.fleetMachines."+name, a.FleetMachines[name], a.Architecture)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Functions)) {
		f := s.Functions[name]
		if least := leaseTimeouts * f.TimeoutSeconds; s.isHome("aws") && f.Source != nil && f.Source.LeaseSeconds < least {
			l.addf("functions.%s.source.leaseSeconds is %d, want %d or more: %d times timeoutSeconds", name, f.Source.LeaseSeconds, least, leaseTimeouts)
		}
	}
	if a.Endpoint != "" && !endpointPattern.MatchString(a.Endpoint) {
		l.addf("aws.endpoint is %q, want http://HOST:PORT of an emulator", a.Endpoint)
	}
	for _, what := range a.Without {
		l.oneOf("aws.without", what, Withouts...)
	}
	l.owned(s.Tags)
}

const (
	// minTypes of machines make a fleet that finds spot capacity; the fleet's
	// driver says where that is from.
	minTypes = 10
	// leaseTimeouts: Lambda wants a queue to hide messages for six times as long
	// as a call may take.
	// Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	leaseTimeouts = 6
)

// checkMachines finds slips in machine types before anything is registered.
func (l *loader) checkMachines(path string, m Machines, architecture string) {
	if n := len(m.Types); n > 0 && n < minTypes {
		l.addf("%s.types are %d, want %d or more", path, n, minTypes)
	}
	for _, name := range m.Types {
		machine, known := machinetype.AWS().Lookup(name)
		switch {
		case !known && !m.AllowUnknownTypes:
			l.addf("%s.types: %w", path, machinetype.AWS().Unknown(name))
		case known && machine.Architecture != architecture:
			l.addf("%s.types has %q, which is %s, want types of aws.architecture %s", path, name, machine.Architecture, architecture)
		}
	}
}

// owned wants a name for who answers for a stack that costs money.
func (l *loader) owned(t Tags) {
	for _, tag := range []struct{ key, value, who string }{
		{"owner", t.Owner, "who answers for the stack"}, {"costCentre", t.CostCentre, "who pays for it"},
	} {
		if !tagPattern.MatchString(tag.value) {
			l.addf("tags.%s is %q, want %s: 1..128 letters, digits, spaces and + - = . _ : / @", tag.key, tag.value, tag.who)
		}
	}
}

// tagPattern is what all services of both clouds take, and no less than a
// mail address. Source: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
var tagPattern = regexp.MustCompile(`^[\p{L}\p{N} +=._:/@-]{1,128}$`)

func (l *loader) oneOf(path, v string, allowed ...string) {
	if !slices.Contains(allowed, v) {
		l.addf("%s is %q, want %s", path, v, strings.Join(allowed, ", "))
	}
}
