package main

import (
	"fmt"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/grid/localgrid"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/volume"
	"github.com/spotgrid/spotgrid/stacks/settings"
)

// Place says where the program's files are; tests have others.
type Place struct {
	// Root is the folder of Pulumi.yaml.
	Root string
	// Programs is the folder of the built programs.
	Programs string
}

// Program declares the stack that the settings describe: settings choose the
// target, the target builds the grid.
func Program(s settings.Settings, p Place) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		t, err := target(ctx, s, p)
		if err != nil {
			return err
		}
		args, err := arguments(s, p)
		if err != nil {
			return err
		}
		g, err := grid.New(ctx, "grid", t, args)
		if err != nil {
			return err
		}
		ctx.Export("grid", g.Outputs)
		return nil
	}
}

// target is the only place that knows all targets.
func target(ctx *pulumi.Context, s settings.Settings, p Place) (grid.Target, error) {
	switch s.Target {
	case "local":
		program, err := artifact.Open(filepath.Join(p.Programs, "spotgrid"))
		if err != nil {
			return nil, err
		}
		return localgrid.New(localgrid.Options{
			Directory: localDirectory(ctx.Stack(), s.Local, p), Program: program,
			QueuePort: s.Local.QueuePort, AgentPort: s.Local.AgentPort,
		}), nil
	}
	return nil, fmt.Errorf("target %q has no grid", s.Target)
}

// localDirectory is where a local grid keeps its files; a relative path counts
// from the project.
func localDirectory(stack string, l settings.Local, p Place) string {
	switch {
	case l.Directory == "":
		return filepath.Join(p.Root, ".spotgrid", "grids", stack)
	case filepath.IsAbs(l.Directory):
		return filepath.Clean(l.Directory)
	}
	return filepath.Join(p.Root, l.Directory)
}

// arguments turns settings into what the components take.
func arguments(s settings.Settings, p Place) (grid.Args, error) {
	a := grid.Args{
		Queue:  queue.Args(s.Queue),
		Volume: volume.Args(s.Volume),
		Fleets: map[string]fleet.Args{}, Functions: map[string]function.Args{},
	}
	worker, err := artifact.Open(filepath.Join(p.Programs, "worker"))
	if err != nil {
		return a, err
	}
	for name, f := range s.Fleets {
		a.Fleets[name] = fleet.Args{
			Worker: worker, MinWorkers: f.MinWorkers, MaxWorkers: f.MaxWorkers, JobsPerWorker: f.JobsPerWorker,
			Slots: f.Slots, DrainSeconds: f.DrainSeconds, IdleSeconds: f.IdleSeconds,
		}
	}
	for name, f := range s.Functions {
		program, err := artifact.Open(filepath.Join(p.Programs, name))
		if err != nil {
			return a, fmt.Errorf("function %q: %w", name, err)
		}
		a.Functions[name] = function.Args{
			Program: program, TimeoutSeconds: f.TimeoutSeconds, MemoryMiB: f.MemoryMiB, Concurrency: f.Concurrency,
		}
	}
	return a, nil
}
