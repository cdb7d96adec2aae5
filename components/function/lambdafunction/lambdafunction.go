// Package lambdafunction builds functions on AWS Lambda, which queues on SQS
// and schedules of EventBridge can call.
package lambdafunction

import (
	"sync"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/awsvalue"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/policydoc"
)

const (
	// defaultArchitecture is what the same seconds cost less on.
	// Prices: https://aws.amazon.com/lambda/pricing/.
	defaultArchitecture = "arm64"
	// defaultLogDays suits looking into an incident of the last weeks.
	defaultLogDays = 30
)

// architectures are Lambda's names of what Go calls by these (API reference,
// CreateFunction).
var architectures = map[string]string{"arm64": "arm64", "amd64": "x86_64"}

// Images makes container images of programs, for functions that are deployed as
// images.
type Images interface {
	// Push registers what makes and keeps the image below parent, with names
	// that start with name. The URI names the image's content, such as by its
	// digest: a function changes when its URI does.
	Push(ctx *pulumi.Context, name string, p artifact.Program, parent pulumi.ResourceOption) (uri pulumi.StringOutput, err error)
}

// Options of all functions of a driver.
type Options struct {
	// Region that the functions run in, such as "eu-west-1": that of the store
	// or of the images, and of the queues that call functions.
	Region string
	// Architecture that the programs were built for: "arm64" or "amd64"; "":
	// arm64.
	Architecture string
	// Store keeps the zip packages, and PackageFolder is where they are packed
	// before they go there. Both are needed unless there are Images.
	Store         *artifact.Store
	PackageFolder string
	// Images makes functions images; nil: they are zip packages.
	Images Images
	// KMSKeyARN is a key to encrypt logs and environments with; nil: those of
	// the services, at no cost. The key's policy has to let CloudWatch Logs use
	// it (user guide, encrypt log data).
	KMSKeyARN pulumi.StringInput
	// LogDays is how long logs are kept; 0: 30. CloudWatch Logs takes certain
	// numbers only.
	LogDays int
	// Tracing sends a trace of calls to X-Ray, which costs by the trace.
	// Without it, only calls are traced that their callers trace.
	Tracing bool
	// WithoutReservedConcurrency does not set the concurrency of functions
	// aside. They then share what the account has with every other function,
	// and nothing but this bounds them: for accounts whose quota is too low to
	// set any of it aside, since Lambda keeps 100 for the rest.
	WithoutReservedConcurrency bool
	// SourceGrants is what the role of a function needs to read the queue that
	// calls it.
	SourceGrants func(s function.Source) []policydoc.Statement
	// WithoutLoggingConfig leaves out where and how functions log: Lambda then
	// logs text to a group of its own, which the role may not write. Only for
	// emulators that do not tell the setting back, so that every preview would
	// change it.
	WithoutLoggingConfig bool
	// Tags go on everything that can carry tags.
	Tags map[string]string
}

// Resources are what a function is made of, for alarms and dashboards.
type Resources struct {
	Function *lambda.Function
	Logs     *cloudwatch.LogGroup
	Role     *iam.Role
}

// Driver builds functions on Lambda.
type Driver struct {
	options Options

	mu    sync.Mutex
	built map[string]*Resources
}

var _ function.Driver = (*Driver)(nil)

// New makes a driver. Faults of the options come with those of the arguments,
// from function.New.
func New(o Options) *Driver {
	if o.Architecture == "" {
		o.Architecture = defaultArchitecture
	}
	if o.LogDays == 0 {
		o.LogDays = defaultLogDays
	}
	return &Driver{options: o, built: map[string]*Resources{}}
}

// Target implements function.Driver.
func (*Driver) Target() string { return "aws" }

// Built returns what the function of that name is made of, once it is declared.
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

// GrantCall is what a role or a user needs to call the function, by its URL or
// by Lambda's API. URLs want both actions.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
func (*Driver) GrantCall(b function.Binding) []policydoc.Statement {
	return []policydoc.Statement{{
		Sid: "CallFunction", Reason: "a caller calls this one function",
		Actions:   []string{"lambda:InvokeFunction", "lambda:InvokeFunctionUrl"},
		Resources: []pulumi.StringInput{b.ID},
	}}
}

// tags are the user's and a name for the console, which shows no other.
func (d *Driver) tags(name string) pulumi.StringMap {
	return awsvalue.TagMap(d.options.Tags, name)
}
