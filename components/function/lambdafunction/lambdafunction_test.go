package lambdafunction_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/function/functiontest"
	"github.com/spotgrid/spotgrid/components/function/lambdafunction"
	"github.com/spotgrid/spotgrid/components/policydoc"
)

const (
	functionType = "aws:lambda/function:Function"
	keyARN       = "arn:aws:kms:eu-west-1:123456789012:key/1234"
	repository   = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/quote"
	queueARN     = "arn:aws:sqs:eu-west-1:123456789012:calls"
	quoteARN     = "arn:aws:lambda:eu-west-1:123456789012:function:quote-function"
)

var tags = map[string]string{"project": "spotgrid", "stack": "test"}

// receive is what a queue's driver grants.
func receive(s function.Source) []policydoc.Statement {
	return []policydoc.Statement{{
		Sid: "ReceiveCalls", Reason: "Lambda polls the queue", Actions: []string{"sqs:ReceiveMessage", "sqs:DeleteMessage"},
		Resources: []pulumi.StringInput{s.Queue.ID},
	}}
}

func options(t *testing.T) lambdafunction.Options {
	return lambdafunction.Options{
		Region: awstest.Region, Store: store(t), PackageFolder: t.TempDir(), SourceGrants: receive, Tags: tags,
	}
}

func TestConformance(t *testing.T) {
	images := options(t)
	images.Images, images.Store, images.PackageFolder = camera{new([]string)}, nil, ""
	for name, o := range map[string]lambdafunction.Options{"as packages": options(t), "as images": images} {
		t.Run(name, func(t *testing.T) { functiontest.Run(t, lambdafunction.New(o), awstest.Compute) })
	}
}

// run declares one function with the options and checks its tree, twice.
func run(t *testing.T, o lambdafunction.Options, a function.Args, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	program := func(ctx *pulumi.Context) error {
		_, err := function.New(ctx, "quote", lambdafunction.New(o), a)
		return err
	}
	componenttest.Run(t, awstest.Compute, program, check)
}

func TestAFunctionIsItsProgramAndKnowsWhatItNeeds(t *testing.T) {
	a := functiontest.Valid(t)
	a.Environment = pulumi.StringMap{"RATE": pulumi.String("3")}
	packed, err := artifact.Zip(a.Program, t.TempDir())
	require.NoError(t, err)
	hash, err := hex.DecodeString(packed.SHA256)
	require.NoError(t, err)
	run(t, options(t), a, func(t *testing.T, tree *componenttest.Tree) {
		awstest.Tagged(t, tree, tags)
		in := tree.One(t, functionType, "quote-function").Inputs
		delete(in, "role")
		delete(in, "tags")
		if in["loggingConfig"].ObjectValue()["logGroup"].IsString() { // else it is a preview
			assert.Equal(t, map[string]any{"logFormat": "JSON", "logGroup": "quote-logs"}, in["loggingConfig"].Mappable())
		}
		delete(in, "loggingConfig")
		assert.Equal(t, map[string]any{
			"packageType": "Zip", "runtime": "provided.al2023", "handler": "bootstrap", "architectures": []any{"arm64"},
			"s3Bucket": "shelf", "s3Key": "quote/" + packed.SHA256, "sourceCodeHash": base64.StdEncoding.EncodeToString(hash),
			"timeout": 10.0, "memorySize": 128.0, "reservedConcurrentExecutions": 2.0,
			"environment":   map[string]any{"variables": map[string]any{"RATE": "3", "GOMEMLIMIT": "115MiB"}},
			"tracingConfig": map[string]any{"mode": "PassThrough"},
		}, in.Mappable())
		logs := tree.One(t, "aws:cloudwatch/logGroup:LogGroup", "quote-logs").Inputs
		assert.Equal(t, 30.0, logs["retentionInDays"].NumberValue())
		assert.NotContains(t, logs, resource.PropertyKey("kmsKeyId"))
		url := tree.One(t, "aws:lambda/functionUrl:FunctionUrl", "quote-url").Inputs
		assert.Equal(t, "AWS_IAM", url["authorizationType"].StringValue(), "nobody calls it unsigned")
	})
}

func TestAUsersOwnMemoryLimitIsLeftAlone(t *testing.T) {
	a := functiontest.Valid(t)
	a.Environment = pulumi.StringMap{"GOMEMLIMIT": pulumi.String("off")}
	run(t, options(t), a, func(t *testing.T, tree *componenttest.Tree) {
		in := tree.One(t, functionType, "quote-function").Inputs
		assert.Equal(t, map[string]any{"variables": map[string]any{"GOMEMLIMIT": "off"}}, in["environment"].Mappable())
	})
}

func TestWhatTheOptionsChange(t *testing.T) {
	o := options(t)
	o.Architecture, o.Tracing, o.LogDays, o.WithoutReservedConcurrency = "amd64", true, 7, true
	o.KMSKeyARN = pulumi.String(keyARN)
	assert.Equal(t, 1000, lambdafunction.New(o).Caps().MaxConcurrency)
	assert.Equal(t, 900, lambdafunction.New(options(t)).Caps().MaxConcurrency, "Lambda keeps 100 for the rest")
	run(t, o, functiontest.Valid(t), func(t *testing.T, tree *componenttest.Tree) {
		in := tree.One(t, functionType, "quote-function").Inputs
		assert.Equal(t, []any{"x86_64"}, in["architectures"].Mappable())
		assert.Equal(t, map[string]any{"mode": "Active"}, in["tracingConfig"].Mappable())
		assert.Equal(t, keyARN, in["kmsKeyArn"].StringValue())
		assert.NotContains(t, in, resource.PropertyKey("reservedConcurrentExecutions"))
		logs := tree.One(t, "aws:cloudwatch/logGroup:LogGroup", "quote-logs").Inputs
		assert.Equal(t, 7.0, logs["retentionInDays"].NumberValue())
		assert.Equal(t, keyARN, logs["kmsKeyId"].StringValue())
	})
}

func TestWhatAnEmulatorDoesNotTellBackIsLeftOutOnRequest(t *testing.T) {
	o := options(t)
	o.WithoutLoggingConfig = true
	run(t, o, functiontest.Valid(t), func(t *testing.T, tree *componenttest.Tree) {
		assert.NotContains(t, tree.One(t, functionType, "quote-function").Inputs, resource.PropertyKey("loggingConfig"))
		assert.Len(t, tree.Of("aws:cloudwatch/logGroup:LogGroup"), 1, "the group is there all the same")
	})
}

func TestAnImageTakesThePlaceOfThePackage(t *testing.T) {
	o, taken := options(t), []string{}
	o.Images, o.Store, o.PackageFolder = camera{&taken}, nil, ""
	a := functiontest.Valid(t)
	run(t, o, a, func(t *testing.T, tree *componenttest.Tree) {
		in := tree.One(t, functionType, "quote-function").Inputs
		assert.Equal(t, "Image", in["packageType"].StringValue())
		assert.Equal(t, repository+"@sha256:"+a.Program.SHA256, in["imageUri"].StringValue())
		assert.Equal(t, []any{"arm64"}, in["architectures"].Mappable())
		for _, key := range []resource.PropertyKey{"runtime", "handler", "s3Bucket", "s3Key", "sourceCodeHash"} {
			assert.NotContains(t, in, key)
		}
	})
	assert.Equal(t, "quote-image", taken[0])
}

func TestAlarmsAndCallersFindTheFunction(t *testing.T) {
	d := lambdafunction.New(options(t))
	_, ok := d.Built("quote")
	assert.False(t, ok, "nothing is declared yet")
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		f, err := function.New(ctx, "quote", d, functiontest.Valid(t))
		require.NoError(t, err)
		r, ok := d.Built("quote")
		require.True(t, ok)
		componenttest.Filled(t, ctx, "function", r.Function.Name)
		componenttest.Filled(t, ctx, "logs", r.Logs.Name)
		componenttest.Filled(t, ctx, "role", r.Role.Arn)
		assert.Equal(t, []awstest.Statement{{
			Sid: "CallFunction", Effect: "Allow", Resource: []string{quoteARN},
			Action: []string{"lambda:InvokeFunction", "lambda:InvokeFunctionUrl"},
		}}, awstest.Granted(t, ctx, d.GrantCall(f.Binding)))
		return nil
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(awstest.Compute))))
}

func TestOptionsThatCannotBeAreRefusedTogether(t *testing.T) {
	t.Parallel()
	a := functiontest.Valid(t)
	a.Source = functiontest.ValidSource(lambdafunction.New(lambdafunction.Options{}))
	a.Environment = pulumi.StringMap{"AWS_REGION": pulumi.String("x"), "1ST": pulumi.String("x"), "A": pulumi.String("x")}
	err := lambdafunction.New(lambdafunction.Options{Region: "Ireland", Architecture: "arm", LogDays: 2}).Check(a)
	for _, want := range []string{
		`region is "Ireland"`, `architecture is "arm", want one of ["amd64" "arm64"]`, "logDays is 2, want one of [1 3 5 7",
		"store is not given", "packageFolder is not given", "sourceGrants", `variable "AWS_REGION" of the environment is Lambda's own`,
		`variable of the environment is "1ST"`, `variable of the environment is "A"`,
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.Len(t, strings.Split(err.Error(), "\n"), 9)
}
