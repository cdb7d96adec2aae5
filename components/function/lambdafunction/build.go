package lambdafunction

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/naming"
)

// plan is one function on its way to being declared.
type plan struct {
	*Driver
	ctx    *pulumi.Context
	name   string
	args   function.Args
	parent pulumi.ResourceOption

	built Resources
	// allowed is the role's policy, which the function waits for: Lambda
	// refuses tracing and sources that the role may not use yet.
	allowed pulumi.Resource
	url     *lambda.FunctionUrl
}

// Build implements function.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, a function.Args, parent pulumi.ResourceOption) (*function.Binding, error) {
	p := &plan{Driver: d, ctx: ctx, name: name, args: a, parent: parent}
	for _, step := range []struct {
		what  string
		build func() error
	}{
		{"log group", p.buildLogs}, {"role", p.buildRole}, {"function", p.buildFunction}, {"url", p.buildURL},
		{"source", p.buildSource}, {"schedules", p.buildSchedules},
	} {
		if err := step.build(); err != nil {
			return nil, fmt.Errorf("registering %s: %w", step.what, err)
		}
	}
	d.keep(name, &p.built)
	return &function.Binding{URL: p.url.FunctionUrl, ID: p.built.Function.Arn}, nil
}

func (p *plan) child(name string) string { return naming.Child(p.name, name) }

// buildLogs makes the log group here, since Lambda's own is kept for ever.
func (p *plan) buildLogs() (err error) {
	args := &cloudwatch.LogGroupArgs{RetentionInDays: pulumi.Int(p.options.LogDays), Tags: p.tags(p.child("logs"))}
	if p.options.KMSKeyARN != nil {
		args.KmsKeyId = p.options.KMSKeyARN.ToStringOutput()
	}
	p.built.Logs, err = cloudwatch.NewLogGroup(p.ctx, p.child("logs"), args, p.parent)
	return err
}

func (p *plan) buildFunction() error {
	args := &lambda.FunctionArgs{
		Role:          p.built.Role.Arn,
		Architectures: pulumi.ToStringArray([]string{architectures[p.options.Architecture]}),
		Timeout:       pulumi.Int(p.args.TimeoutSeconds), MemorySize: pulumi.Int(p.args.MemoryMiB),
		Environment:   lambda.FunctionEnvironmentArgs{Variables: p.environment()},
		TracingConfig: lambda.FunctionTracingConfigArgs{Mode: pulumi.String(p.tracing())},
		Tags:          p.tags(p.child("function")),
	}
	if !p.options.WithoutLoggingConfig {
		args.LoggingConfig = lambda.FunctionLoggingConfigArgs{LogFormat: pulumi.String("JSON"), LogGroup: p.built.Logs.Name}
	}
	if !p.options.WithoutReservedConcurrency {
		args.ReservedConcurrentExecutions = pulumi.Int(p.args.Concurrency)
	}
	if p.options.KMSKeyARN != nil {
		args.KmsKeyArn = p.options.KMSKeyARN.ToStringOutput()
	}
	deploy := p.deployPackage
	if p.options.Images != nil {
		deploy = p.deployImage
	}
	err := deploy(args)
	if err != nil {
		return err
	}
	p.built.Function, err = lambda.NewFunction(p.ctx, p.child("function"), args, p.parent, pulumi.DependsOn([]pulumi.Resource{p.allowed}))
	return err
}

func (p *plan) tracing() string {
	if p.options.Tracing {
		return "Active"
	}
	return "PassThrough"
}

// deployPackage makes the function the program, packed and kept in the store.
func (p *plan) deployPackage(args *lambda.FunctionArgs) error {
	packed, err := artifact.Zip(p.args.Program, p.options.PackageFolder)
	if err != nil {
		return err
	}
	hash, err := hex.DecodeString(packed.SHA256)
	if err != nil {
		return fmt.Errorf("reading hash of package %q: %w", packed.Path, err)
	}
	kept, err := p.options.Store.Put(p.ctx, p.name, packed)
	if err != nil {
		return err
	}
	args.PackageType = pulumi.String("Zip")
	args.Runtime, args.Handler = pulumi.String(lambda.RuntimeCustomAL2023), pulumi.String("bootstrap")
	args.S3Bucket, args.S3Key = kept.Place, kept.Key
	args.SourceCodeHash = pulumi.String(base64.StdEncoding.EncodeToString(hash))
	return nil
}

// deployImage makes the function an image of the program.
func (p *plan) deployImage(args *lambda.FunctionArgs) error {
	uri, err := p.options.Images.Push(p.ctx, p.child("image"), p.args.Program, p.parent)
	if err != nil {
		return err
	}
	args.PackageType, args.ImageUri = pulumi.String("Image"), uri
	return nil
}

// environment is the user's, and a bound for Go's memory: without one, its
// collector does not know when an instance is about to run out. A tenth is left
// for what the bound does not count, such as the program itself.
// Source: https://pkg.go.dev/runtime#hdr-Environment_Variables
func (p *plan) environment() pulumi.StringMap {
	env := pulumi.StringMap{"GOMEMLIMIT": pulumi.Sprintf("%dMiB", p.args.MemoryMiB*9/10)}
	maps.Copy(env, p.args.Environment)
	return env
}

// buildURL gives the function a URL that answers signed calls only.
func (p *plan) buildURL() (err error) {
	p.url, err = lambda.NewFunctionUrl(p.ctx, p.child("url"), &lambda.FunctionUrlArgs{
		FunctionName: p.built.Function.Name, AuthorizationType: pulumi.String("AWS_IAM"),
	}, p.parent)
	return err
}
