package runfunction_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/function/functiontest"
	"github.com/spotgrid/spotgrid/components/function/runfunction"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/image"
)

const (
	serviceType = "gcp:cloudrunv2/service:Service"
	accountType = "gcp:serviceaccount/account:Account"
	memberType  = "gcp:cloudrunv2/serviceIamMember:ServiceIamMember"
	keyName     = "projects/acme-grid/locations/europe-west1/keyRings/grid/cryptoKeys/grid"
	repository  = "europe-west1-docker.pkg.dev/acme-grid/images/quote"
	serviceURL  = "https://quote-service-1a2b3c4-a1b2c3d4e5-ew.a.run.app"
	accounts    = "@acme-grid.iam.gserviceaccount.com"
	pubsubAgent = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
)

var labels = map[string]string{"project": "spotgrid", "stack": "test"}

// A registry's images can be those of functions.
var _ runfunction.Images = image.URIs{}

// camera takes images of programs, which it keeps nowhere.
type camera struct{}

func (camera) Push(_ *pulumi.Context, name string, p artifact.Program, _ pulumi.ResourceOption) (pulumi.StringOutput, error) {
	return pulumi.String(repository + "/" + name + "@sha256:" + p.SHA256).ToStringOutput(), nil
}

// calls is what a queue's driver tells of the queue.
func calls(function.Source) (runfunction.Queue, error) {
	return runfunction.Queue{
		Topic:           pulumi.String("projects/acme-grid/topics/calls"),
		DeadLetterTopic: pulumi.String("projects/acme-grid/topics/calls-dead"),
		ServiceAgent:    pulumi.String(pubsubAgent), MaxDeliveries: 20, RetentionHours: 96,
	}, nil
}

func options() runfunction.Options {
	return runfunction.Options{Project: gcptest.Project, Region: gcptest.Region, Images: camera{}, SourceQueue: calls, Labels: labels}
}

func TestConformance(t *testing.T) {
	second, many := options(), options()
	second.SecondGeneration, many.CallsPerInstance = true, 80
	for name, o := range map[string]runfunction.Options{"a call at a time": options(), "many calls at a time": many} {
		t.Run(name, func(t *testing.T) { functiontest.Run(t, runfunction.New(o), gcptest.Compute) })
	}
	assert.Equal(t, 128, runfunction.New(options()).Caps().MinMemoryMiB)
	assert.Equal(t, 512, runfunction.New(second).Caps().MinMemoryMiB)
}

// run declares one function with the options and checks its tree, twice.
func run(t *testing.T, o runfunction.Options, a function.Args, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	program := func(ctx *pulumi.Context) error {
		_, err := function.New(ctx, "quote", runfunction.New(o), a)
		return err
	}
	componenttest.Run(t, gcptest.Compute, program, check)
}

// isOr asserts a text, where it is known: in a preview it may not be yet.
func isOr(t *testing.T, want string, got resource.PropertyValue) {
	t.Helper()
	if got.IsString() {
		assert.Equal(t, want, got.StringValue())
	} else {
		assert.True(t, got.IsComputed() || got.IsOutput(), "%v is neither %s nor unknown", got, want)
	}
}

func TestAFunctionIsItsProgramAndKnowsWhatItNeeds(t *testing.T) {
	a := functiontest.Valid(t)
	a.Environment = pulumi.StringMap{"RATE": pulumi.String("3")}
	run(t, options(), a, func(t *testing.T, tree *componenttest.Tree) {
		gcptest.Labelled(t, tree, labels)
		in := tree.One(t, serviceType, "quote-service").Inputs
		template := in["template"].ObjectValue()
		isOr(t, "quote-account"+accounts, template["serviceAccount"])
		delete(template, "serviceAccount")
		delete(in, "labels")
		assert.Equal(t, map[string]any{
			"project": "acme-grid", "location": "europe-west1", "ingress": "INGRESS_TRAFFIC_ALL",
			"template": map[string]any{
				"executionEnvironment": "EXECUTION_ENVIRONMENT_GEN1", "timeout": "10s", "maxInstanceRequestConcurrency": 1.0,
				"scaling": map[string]any{"minInstanceCount": 0.0, "maxInstanceCount": 2.0},
				"containers": []any{map[string]any{
					"image": repository + "/quote-image@sha256:" + a.Program.SHA256,
					"resources": map[string]any{
						"cpuIdle": true, "limits": map[string]any{"cpu": "1", "memory": "128Mi"},
					},
					"envs": []any{
						map[string]any{"name": "GOMEMLIMIT", "value": "115MiB"},
						map[string]any{"name": "GOOGLE_CLOUD_PROJECT", "value": "acme-grid"},
						map[string]any{"name": "RATE", "value": "3"},
						map[string]any{"name": "SPOTGRID_TIMEOUT_SECONDS", "value": "10"},
					},
				}},
			},
		}, in.Mappable())
	})
}

func TestWhatNobodyAskedForIsNotThere(t *testing.T) {
	run(t, options(), functiontest.Valid(t), func(t *testing.T, tree *componenttest.Tree) {
		assert.Empty(t, gcptest.Grants(t, tree), "nobody calls it, and it may do nothing")
		assert.Len(t, tree.Below("quote"), 2, "the service and its account")
	})
}

func TestWhatTheOptionsChange(t *testing.T) {
	o := options()
	o.CallsPerInstance, o.SecondGeneration, o.Internal, o.Public = 3, true, true, true
	o.KMSKeyName = pulumi.String(keyName)
	a := functiontest.Valid(t)
	a.MemoryMiB, a.Concurrency = 5000, 7
	a.Environment = pulumi.StringMap{"GOMEMLIMIT": pulumi.String("off")}
	assert.Equal(t, 3000, runfunction.New(o).Caps().MaxConcurrency)
	run(t, o, a, func(t *testing.T, tree *componenttest.Tree) {
		in := tree.One(t, serviceType, "quote-service").Inputs
		assert.Equal(t, "INGRESS_TRAFFIC_INTERNAL_ONLY", in["ingress"].StringValue())
		template := in["template"].ObjectValue()
		assert.Equal(t, "EXECUTION_ENVIRONMENT_GEN2", template["executionEnvironment"].StringValue())
		assert.Equal(t, keyName, template["encryptionKey"].StringValue())
		assert.Equal(t, 3.0, template["maxInstanceRequestConcurrency"].NumberValue())
		assert.Equal(t, map[string]any{"minInstanceCount": 0.0, "maxInstanceCount": 3.0}, template["scaling"].Mappable(), "7 calls, 3 at a time each")
		container := template["containers"].ArrayValue()[0].ObjectValue()
		assert.Equal(t, map[string]any{"cpu": "2", "memory": "5000Mi"}, container["resources"].ObjectValue()["limits"].Mappable())
		assert.Contains(t, container["envs"].Mappable(), map[string]any{"name": "GOMEMLIMIT", "value": "off"}, "a user's own is left alone")
		public := tree.One(t, memberType, "quote-public").Inputs
		assert.Equal(t, "allUsers", public["member"].StringValue(), "it was asked for")
		assert.Equal(t, "roles/run.invoker", public["role"].StringValue())
	})
}

func TestProcessorsComeWithTheMemory(t *testing.T) {
	for memory, want := range map[int]string{128: "1", 4096: "1", 4097: "2", 8192: "2", 8193: "4", 16384: "4", 16385: "8", 32768: "8"} {
		a := functiontest.Valid(t)
		a.MemoryMiB = memory
		run(t, options(), a, func(t *testing.T, tree *componenttest.Tree) {
			container := tree.One(t, serviceType, "quote-service").Inputs["template"].ObjectValue()["containers"].ArrayValue()[0]
			assert.Equal(t, want, container.ObjectValue()["resources"].ObjectValue()["limits"].ObjectValue()["cpu"].StringValue(), "%d MiB", memory)
		})
	}
}

func TestAccountsAreTheStacksOwn(t *testing.T) {
	run(t, options(), called(t), func(t *testing.T, tree *componenttest.Tree) {
		seen := map[string]bool{}
		for _, r := range tree.Of(accountType) {
			id := r.Inputs["accountId"].StringValue()
			assert.Regexp(t, "^"+r.Name+"-[0-9a-f]{8}$", id)
			assert.NotEmpty(t, r.Inputs["description"].StringValue())
			seen[id] = true
		}
		assert.Len(t, seen, 2)
	})
}

func TestAlarmsGrantsAndCallersFindTheFunction(t *testing.T) {
	d := runfunction.New(options())
	_, ok := d.Built("quote")
	assert.False(t, ok, "nothing is declared yet")
	componenttest.Run(t, gcptest.Compute, func(ctx *pulumi.Context) error {
		f, err := function.New(ctx, "quote", d, functiontest.Valid(t))
		require.NoError(t, err)
		r, ok := d.Built("quote")
		require.True(t, ok)
		assert.Nil(t, r.Caller)
		componenttest.Filled(t, ctx, "service", r.Service.Name)
		componenttest.Filled(t, ctx, "account", r.Account.Member)
		err = d.GrantCall(ctx, "nobody-calls", "price", pulumi.String("user:ann@example.com"), pulumi.Parent(f))
		assert.EqualError(t, err, `granting calls of function "price": it is not declared yet`)
		return d.GrantCall(ctx, "quote-ann-calls", "quote", pulumi.String("user:ann@example.com"), pulumi.Parent(f))
	}, func(t *testing.T, tree *componenttest.Tree) {
		assert.Equal(t, []gcptest.Grant{{On: "quote-ann-calls", Role: "roles/run.invoker", Member: "user:ann@example.com"}}, gcptest.Grants(t, tree))
		in := tree.One(t, memberType, "quote-ann-calls").Inputs
		isOr(t, "quote-service-1a2b3c4", in["name"])
		assert.Equal(t, "europe-west1", in["location"].StringValue())
	})
}

func TestOptionsThatCannotBeAreRefusedTogether(t *testing.T) {
	t.Parallel()
	a := functiontest.Valid(t)
	a.Source = functiontest.ValidSource(runfunction.New(runfunction.Options{}))
	a.Environment = pulumi.StringMap{"K_SERVICE": pulumi.String("x"), "SPOTGRID_TIMEOUT_SECONDS": pulumi.String("x"), "1ST": pulumi.String("x")}
	err := runfunction.New(runfunction.Options{Region: "Belgium", CallsPerInstance: 1001, Labels: map[string]string{"Owner": "me"}}).Check(a)
	for _, want := range []string{
		"project is not given", `region is "Belgium"`, "images are not given", "callsPerInstance is 1001, want 1..1000", `label "Owner"`,
		"sourceQueue", `variable "K_SERVICE" of the environment is kept`, `variable "SPOTGRID_TIMEOUT_SECONDS" of the environment is kept`,
		`variable of the environment is "1ST"`,
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.Len(t, strings.Split(err.Error(), "\n"), 9)
}

func TestAQueueThatCannotBeToldOfIsAnError(t *testing.T) {
	t.Parallel()
	o := options()
	o.SourceQueue = func(function.Source) (runfunction.Queue, error) {
		return runfunction.Queue{}, errors.New("no such queue")
	}
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := function.New(ctx, "quote", runfunction.New(o), called(t))
		return err
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(gcptest.Compute)))
	assert.ErrorContains(t, err, `function "quote" on gcp: registering source: no such queue`)
}
