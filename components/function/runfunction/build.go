package runfunction

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/cloudrunv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/naming"
)

// What package workloads/event reads of the environment.
const (
	projectVariable = "GOOGLE_CLOUD_PROJECT"
	timeoutVariable = "SPOTGRID_TIMEOUT_SECONDS"
)

// plan is one function on its way to being declared.
type plan struct {
	*Driver
	ctx    *pulumi.Context
	name   string
	args   function.Args
	parent pulumi.ResourceOption

	built Resources
	// mayCall is what callers of the function wait for.
	mayCall pulumi.Resource
}

// Build implements function.Driver. The ID is the URL too: it is what
// `spotgrid invoke` calls.
func (d *Driver) Build(ctx *pulumi.Context, name string, a function.Args, parent pulumi.ResourceOption) (*function.Binding, error) {
	p := &plan{Driver: d, ctx: ctx, name: name, args: a, parent: parent}
	for _, step := range []struct {
		what  string
		build func() error
	}{
		{"account", p.buildAccount}, {"service", p.buildService}, {"public access", p.buildPublic}, {"caller", p.buildCaller},
		{"source", p.buildSource}, {"schedules", p.buildSchedules},
	} {
		if err := step.build(); err != nil {
			return nil, fmt.Errorf("registering %s: %w", step.what, err)
		}
	}
	d.keep(name, &p.built)
	return &function.Binding{URL: p.built.Service.Uri, ID: p.built.Service.Uri}, nil
}

func (p *plan) child(name string) string { return naming.Child(p.name, name) }

func (p *plan) labels() pulumi.StringMap { return pulumi.ToStringMap(p.options.Labels) }

func (p *plan) buildService() (err error) {
	image, err := p.options.Images.Push(p.ctx, p.child("image"), p.args.Program, p.parent)
	if err != nil {
		return err
	}
	p.built.Service, err = cloudrunv2.NewService(p.ctx, p.child("service"), &cloudrunv2.ServiceArgs{
		Project: pulumi.String(p.options.Project), Location: pulumi.String(p.options.Region),
		Ingress: pulumi.String(p.ingress()), Template: p.template(image), Labels: p.labels(),
	}, p.parent)
	return err
}

func (p *plan) ingress() string {
	if p.options.Internal {
		return "INGRESS_TRAFFIC_INTERNAL_ONLY"
	}
	return "INGRESS_TRAFFIC_ALL"
}

// template is what instances are made by. Cloud Run probes by TCP whether the
// program listens, unless told otherwise, which is all there is to know.
func (p *plan) template(image pulumi.StringInput) cloudrunv2.ServiceTemplateArgs {
	perInstance := p.options.CallsPerInstance
	t := cloudrunv2.ServiceTemplateArgs{
		ExecutionEnvironment: pulumi.String(p.environment()),
		ServiceAccount:       p.built.Account.Email,
		Timeout:              pulumi.Sprintf("%ds", p.args.TimeoutSeconds),
		// So many calls at a time and no more, but for a moment in a rapid
		// surge (Cloud Run documentation, About maximum instances).
		MaxInstanceRequestConcurrency: pulumi.Int(perInstance),
		Scaling: cloudrunv2.ServiceTemplateScalingArgs{
			MinInstanceCount: pulumi.Int(0),
			MaxInstanceCount: pulumi.Int((p.args.Concurrency + perInstance - 1) / perInstance),
		},
		Containers: cloudrunv2.ServiceTemplateContainerArray{cloudrunv2.ServiceTemplateContainerArgs{
			Image: image, Envs: p.variables(),
			Resources: cloudrunv2.ServiceTemplateContainerResourcesArgs{
				CpuIdle: pulumi.Bool(true), // a processor only while it answers
				Limits: pulumi.StringMap{
					"cpu": pulumi.String(strconv.Itoa(processors(p.args.MemoryMiB))), "memory": pulumi.Sprintf("%dMi", p.args.MemoryMiB),
				},
			},
		}},
	}
	if p.options.KMSKeyName != nil {
		t.EncryptionKey = p.options.KMSKeyName.ToStringOutput()
	}
	return t
}

func (p *plan) environment() string {
	if p.options.SecondGeneration {
		return "EXECUTION_ENVIRONMENT_GEN2"
	}
	return "EXECUTION_ENVIRONMENT_GEN1"
}

// processors is the fewest that Cloud Run gives with the memory, but a whole
// one at least: several calls at a time want it, and fractions would start more
// slowly. Source: https://cloud.google.com/run/docs/configuring/memory-limits
func processors(memoryMiB int) int {
	switch {
	case memoryMiB <= 4<<10:
		return 1
	case memoryMiB <= 8<<10:
		return 2
	case memoryMiB <= 16<<10:
		return 4
	}
	return 8
}

// variables are the user's, sorted so that two runs declare the same, with what
// the program has to know of its place, and a bound for Go's memory: without
// one, its collector does not know when an instance is about to run out. A
// tenth is left for what the bound does not count, such as the program itself.
// Source: https://pkg.go.dev/runtime#hdr-Environment_Variables
func (p *plan) variables() cloudrunv2.ServiceTemplateContainerEnvArray {
	all := pulumi.StringMap{"GOMEMLIMIT": pulumi.Sprintf("%dMiB", p.args.MemoryMiB*9/10)}
	maps.Copy(all, p.args.Environment)
	all[projectVariable] = pulumi.String(p.options.Project)
	all[timeoutVariable] = pulumi.String(strconv.Itoa(p.args.TimeoutSeconds))
	list := cloudrunv2.ServiceTemplateContainerEnvArray{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, cloudrunv2.ServiceTemplateContainerEnvArgs{Name: pulumi.String(name), Value: all[name].ToStringOutput()})
	}
	return list
}
