// Package localgrid stands a grid on one machine: a background agent with a
// queue server, a folder as volume, worker processes as fleet.
package localgrid

import (
	"fmt"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/localfleet"
	"github.com/spotgrid/spotgrid/components/function/localfunction"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/queue/localqueue"
	"github.com/spotgrid/spotgrid/components/volume/localvolume"
)

// Options of a local grid.
type Options struct {
	// Directory holds everything of the grid; absolute, new or the grid's own.
	Directory string
	// Program is the spotgrid command, which is the agent too.
	Program artifact.Program
	// QueuePort and AgentPort on 127.0.0.1; 0: any free ones, kept from then
	// on.
	QueuePort, AgentPort int
}

// Target is this machine.
type Target struct{ options Options }

var _ grid.Target = (*Target)(nil)

// New makes the target.
func New(o Options) *Target { return &Target{o} }

// Name implements grid.Target.
func (*Target) Name() string { return "local" }

// Options implements grid.Target: an explicit provider, so that nothing here
// depends on default ones.
func (*Target) Options(ctx *pulumi.Context) ([]pulumi.ResourceOption, error) {
	var p pulumi.ProviderResourceState
	if err := ctx.RegisterResource("pulumi:providers:spotgrid", "local", pulumi.Map{}, &p); err != nil {
		return nil, fmt.Errorf("registering provider: %w", err)
	}
	return []pulumi.ResourceOption{pulumi.Providers(&p)}, nil
}

// agent is spotgrid:local:Agent of the provider.
type agent struct {
	pulumi.CustomResourceState
	Directory pulumi.StringOutput `pulumi:"directory"`
	URL       pulumi.StringOutput `pulumi:"url"`
	Server    pulumi.StringOutput `pulumi:"server"`
}

// Prepare implements grid.Target: it declares the agent.
func (t *Target) Prepare(ctx *pulumi.Context, name string, parent pulumi.ResourceOption) (*grid.Drivers, error) {
	a := &agent{}
	home := filepath.Join(t.options.Directory, "agent")
	in := pulumi.Map{
		"directory": pulumi.String(home),
		"program":   pulumi.String(t.options.Program.Path), "programSha256": pulumi.String(t.options.Program.SHA256),
		"queuePort": pulumi.Int(t.options.QueuePort), "httpPort": pulumi.Int(t.options.AgentPort),
	}
	if err := ctx.RegisterResource("spotgrid:local:Agent", naming.Child(name, "agent"), in, a, parent); err != nil {
		return nil, err
	}
	workers := localfleet.New(localfleet.Options{Directory: a.Directory})
	return &grid.Drivers{
		Queue:    localqueue.New(localqueue.Options{Directory: a.Directory, Server: a.Server}),
		Volume:   localvolume.New(localvolume.Options{Directory: a.Directory, Path: filepath.Join(t.options.Directory, "volumes")}),
		Fleet:    func(string) (fleet.Driver, error) { return workers, nil },
		Function: localfunction.New(localfunction.Options{Directory: a.Directory, Server: a.URL}),
		Control:  pulumi.StringMap{"agentDirectory": a.Directory, "agentUrl": a.URL},
	}, nil
}
