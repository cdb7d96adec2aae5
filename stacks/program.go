package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/volume"
	"github.com/spotgrid/spotgrid/components/watch"
	"github.com/spotgrid/spotgrid/stacks/settings"
)

// Place says where the program's files are; tests have others.
type Place struct {
	// Root is the folder of Pulumi.yaml.
	Root string
	// Programs is the folder of the programs built for this machine; those for
	// others are in folders below it, such as linux-arm64.
	Programs string
}

// runArchitecture is the only one that Cloud Run runs (container runtime
// contract).
const runArchitecture = "amd64"

// worker is the path of a fleet's worker program.
func (p Place) worker(s settings.Settings, f settings.Fleet) string {
	switch cmp.Or(f.Cloud, s.Target) {
	case "aws":
		return p.built(s.AWS.Architecture, "worker")
	case "gcp":
		return p.built(s.GCP.Architecture, "worker")
	}
	return filepath.Join(p.Programs, "worker")
}

// function is the path of a function's program.
func (p Place) function(s settings.Settings, name string) string {
	home := s.Target
	if home == "multicloud" {
		home = s.Multicloud.Home
	}
	switch home {
	case "aws":
		return p.built(s.AWS.Architecture, name)
	case "gcp":
		return p.built(runArchitecture, name)
	}
	return filepath.Join(p.Programs, name)
}

// built is the path of a program built for machines of that architecture.
func (p Place) built(architecture, name string) string {
	return filepath.Join(p.Programs, "linux-"+architecture, name)
}

// Program declares the stack that the settings describe: settings choose the
// target, the target builds the grid.
func Program(s settings.Settings, p Place) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		if s.Offline && !ctx.DryRun() {
			return errors.New("spotgrid:offline is true, which is for previews only: take it back to bring the stack up")
		}
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

// arguments turns settings into what the components take.
func arguments(s settings.Settings, p Place) (grid.Args, error) {
	a := grid.Args{
		Queue:  queue.Args(s.Queue),
		Queues: map[string]queue.Args{}, FleetQueues: map[string]string{},
		Volume: volume.Args{Protect: s.Volume.Protect},
		Fleets: map[string]fleet.Args{}, Functions: map[string]grid.Function{},
	}
	for name, q := range s.Queues {
		a.Queues[name] = queue.Args{LeaseSeconds: q.LeaseSeconds, MaxDeliveries: q.MaxDeliveries, RetentionHours: q.RetentionHours, Protect: q.Protect}
	}
	for name, f := range s.Fleets {
		if f.Queue != "" {
			a.FleetQueues[name] = f.Queue
		}
		worker, err := artifact.Open(p.worker(s, f))
		if err != nil {
			return a, fmt.Errorf("fleet %q: %w", name, err)
		}
		a.Fleets[name] = fleet.Args{
			Worker: worker, MinWorkers: f.MinWorkers, MaxWorkers: f.MaxWorkers, JobsPerWorker: f.JobsPerWorker,
			Slots: f.Slots, DrainSeconds: f.DrainSeconds, IdleSeconds: f.IdleSeconds,
		}
	}
	for name, f := range s.Functions {
		program, err := artifact.Open(p.function(s, name))
		if err != nil {
			return a, fmt.Errorf("function %q: %w", name, err)
		}
		a.Functions[name] = functionOf(f, program)
	}
	if w := s.Watch; w != nil {
		a.Watch = &watch.Args{Owner: s.Tags.Owner, RunbookURL: w.RunbookURL, Mails: w.Mails, Webhooks: w.Webhooks, MonthlyBudgetUSD: w.MonthlyBudgetUSD}
	}
	return a, nil
}

func functionOf(f settings.Function, program artifact.Program) grid.Function {
	g := grid.Function{Args: function.Args{
		Program: program, TimeoutSeconds: f.TimeoutSeconds, MemoryMiB: f.MemoryMiB, Concurrency: f.Concurrency,
	}}
	if s := f.Source; s != nil {
		g.Source = &function.Source{BatchSize: s.BatchSize, Concurrency: s.Concurrency}
		g.Calls = &queue.Args{LeaseSeconds: s.LeaseSeconds, MaxDeliveries: s.MaxDeliveries, RetentionHours: s.RetentionHours}
	}
	for _, r := range f.Rights {
		g.Rights = append(g.Rights, function.Right(r))
	}
	for _, s := range f.Schedules {
		g.Schedules = append(g.Schedules, function.Schedule(s))
	}
	return g
}
