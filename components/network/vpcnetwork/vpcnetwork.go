// Package vpcnetwork builds networks that are VPCs of AWS: machines stand in
// private subnets and nothing outside can open a connection to them.
package vpcnetwork

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/awsvalue"
	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/network"
)

// Egress is how machines reach what is outside their network.
type Egress string

const (
	// EgressEndpoints gives machines interface endpoints of the services they
	// need, and no internet. It costs for each service, zone and hour (the
	// eight default services in three zones: 24 endpoint-hours an hour, idle or
	// not) and for each GB. Prices: https://aws.amazon.com/privatelink/pricing/.
	EgressEndpoints Egress = "endpoints"
	// EgressNAT gives machines the internet through one NAT gateway in the
	// first zone. It costs for each hour, idle or not, for its public address
	// and for each GB, with traffic between zones on top; if its zone fails,
	// no machine gets out. Prices: https://aws.amazon.com/vpc/pricing/.
	EgressNAT Egress = "nat"
)

// DefaultServices are what a grid's machines call: the queue, logs, container
// images, credentials, their own group, and Session Manager, which needs two.
var DefaultServices = []string{"sqs", "logs", "ecr.api", "ecr.dkr", "sts", "autoscaling", "ssm", "ssmmessages"}

// defaultRetentionDays suits looking into an incident of the last weeks.
const defaultRetentionDays = 30

// Options of all networks of a driver.
type Options struct {
	// Region that the zones are of, such as "eu-west-1". The regions in China
	// are refused: their endpoints go by other names.
	Region string
	// Egress is required: either choice costs money while nothing runs.
	Egress Egress
	// Services with an interface endpoint, as after "com.amazonaws.REGION.";
	// nil: DefaultServices. Only with EgressEndpoints. S3 has a gateway
	// endpoint, at no cost, in either case.
	Services []string
	// FlowLogDays is how long the record of connections is kept; 0: 30.
	FlowLogDays int
	// FlowLogKey returns the ARN of a key to encrypt that record with, which must
	// let CloudWatch Logs use it; nil, or where it returns nil: a key of AWS's. It
	// is called with the account's ID, once the VPC that tells it is declared.
	FlowLogKey func(account pulumi.StringOutput) (pulumi.StringInput, error)
	// KeepDefaultGroup leaves the rules of the VPC's default security group as
	// AWS made them: for emulators and provider builds that cannot take it
	// over. Nothing of a grid is ever in that group.
	KeepDefaultGroup bool
	// WithoutEndpoints leaves every endpoint out, that of S3 too: for emulators
	// that list a deleted endpoint for ever, for which a destroy waits.
	WithoutEndpoints bool
	// Tags go on everything that can carry tags.
	Tags map[string]string
}

// Resources are what a network is made of, for drivers that build on it.
type Resources struct {
	VPC *ec2.Vpc
	// S3 is the gateway endpoint: its PrefixListId is what a security group
	// lets out. Nil without endpoints.
	S3 *ec2.VpcEndpoint
	// Endpoints is the security group in front of the interface endpoints; nil
	// with EgressNAT or without endpoints.
	Endpoints *ec2.SecurityGroup
}

// Driver builds VPCs.
type Driver struct {
	options Options

	mu    sync.Mutex
	built map[string]*Resources
}

var _ network.Driver = (*Driver)(nil)

// New makes a driver. Faults of the options come with those of the arguments,
// from network.New.
func New(o Options) *Driver {
	if o.Services == nil && o.Egress == EgressEndpoints {
		o.Services = DefaultServices
	}
	if o.FlowLogDays == 0 {
		o.FlowLogDays = defaultRetentionDays
	}
	return &Driver{options: o, built: map[string]*Resources{}}
}

// Target implements network.Driver.
func (*Driver) Target() string { return "aws" }

// Caps implements network.Driver: a VPC is /16 to /28, but its sixteenth parts
// have to be subnets, which are /28 or larger (VPC user guide, subnet sizing).
func (*Driver) Caps() network.Caps {
	return network.Caps{MinPrefixBits: 16, MaxPrefixBits: 28 - partBits, MaxZones: maxZones}
}

// Built returns what the network of that name is made of, once it is declared.
func (d *Driver) Built(name string) (*Resources, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r, ok := d.built[name]
	return r, ok
}

var (
	servicePattern = regexp.MustCompile(`^[a-z][a-z0-9.-]*$`)
)

// Check implements network.Driver.
func (d *Driver) Check(a network.Args) error {
	var f limits.Faults
	o := d.options
	awsvalue.CheckRegion(&f, o.Region)
	for _, zone := range a.Zones {
		letter, ok := strings.CutPrefix(zone, o.Region)
		if !ok || len(letter) != 1 || letter[0] < 'a' || letter[0] > 'z' {
			f.Addf("zone is %q, want one of region %q: %sa and so on", zone, o.Region, o.Region)
		}
	}
	switch o.Egress {
	case EgressEndpoints, EgressNAT:
	default:
		f.Addf("egress is %q, want %q or %q", o.Egress, EgressEndpoints, EgressNAT)
	}
	if o.Egress == EgressNAT && len(o.Services) > 0 {
		f.Addf("services are %q with egress %q, want none: machines reach them through the gateway", o.Services, EgressNAT)
	}
	checkServices(&f, o.Services)
	awsvalue.CheckLogDays(&f, "flowLogDays", o.FlowLogDays)
	return f.Err()
}

func checkServices(f *limits.Faults, services []string) {
	for i, s := range services {
		switch {
		case !servicePattern.MatchString(s):
			f.Addf("service is %q, want what follows com.amazonaws.REGION., such as ecr.api", s)
		case s == "s3":
			f.Addf("service s3 has a gateway endpoint already, at no cost")
		case slices.Contains(services[:i], s):
			f.Addf("service %q is there twice", s)
		}
	}
}

func (d *Driver) keep(name string, r *Resources) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.built[name] = r
}
