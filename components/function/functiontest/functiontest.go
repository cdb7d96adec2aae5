// Package functiontest is the suite that every driver of package function
// passes.
package functiontest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/queue"
)

// Run runs the suite. compute is what the service's provider computes.
func Run(t *testing.T, d function.Driver, compute componenttest.Compute) {
	t.Run("two functions stand side by side", func(t *testing.T) { sideBySide(t, d, compute, Valid(t)) })
	t.Run("all faults come in one error and nothing is registered", func(t *testing.T) {
		c := d.Caps()
		refused(t, d, function.Args{
			TimeoutSeconds: c.MaxTimeoutSeconds + 1, MemoryMiB: c.MaxMemoryMiB + 1, Concurrency: c.MaxConcurrency + 1,
			Source: &function.Source{}, Schedules: []function.Schedule{{Cron: "hourly"}},
		}, "timeoutSeconds", "memoryMib", "concurrency", "program is", "source", "schedule")
	})
	t.Run("the limits themselves are allowed", func(t *testing.T) { limits(t, d, compute) })
	t.Run("a queue calls the function", func(t *testing.T) { sources(t, d, compute) })
	t.Run("rights are had or refused", func(t *testing.T) { rights(t, d, compute) })
	t.Run("the clock calls the function", func(t *testing.T) { schedules(t, d, compute) })
}

func sideBySide(t *testing.T, d function.Driver, compute componenttest.Compute, a function.Args) {
	two := func(ctx *pulumi.Context) error {
		for _, name := range []string{"first", "second"} {
			f, err := function.New(ctx, name, d, a)
			if err != nil {
				return err
			}
			componenttest.Filled(t, ctx, "URL", f.URL)
			componenttest.Filled(t, ctx, "ID", f.ID)
		}
		return nil
	}
	componenttest.Run(t, compute, two, func(t *testing.T, tree *componenttest.Tree) {
		assert.NotEmpty(t, tree.Below("first"))
		assert.Len(t, tree.Below("second"), len(tree.Below("first")))
		in := tree.One(t, function.Type, "first").Inputs
		assert.Equal(t, float64(a.TimeoutSeconds), in["timeoutSeconds"].NumberValue(), "policies read the component's inputs")
		assert.Equal(t, d.Target(), in["target"].StringValue())
		assert.Equal(t, a.Source != nil, in["hasSource"].BoolValue())
		assert.Equal(t, float64(len(a.Schedules)), in["schedules"].NumberValue())
	})
}

// refused checks that the arguments are, with each of these in the one error,
// before anything is registered.
func refused(t *testing.T, d function.Driver, a function.Args, want ...string) {
	t.Helper()
	err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
		_, err := function.New(ctx, "Bad Name", d, a)
		return err
	})
	for _, part := range append(want, "Bad Name", d.Target()) {
		assert.ErrorContains(t, err, part)
	}
}

// allowed checks that the arguments are.
func allowed(t *testing.T, d function.Driver, compute componenttest.Compute, a function.Args) {
	t.Helper()
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := function.New(ctx, "edge", d, a)
		return err
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(compute))))
}

func limits(t *testing.T, d function.Driver, compute componenttest.Compute) {
	c := d.Caps()
	a := Valid(t)
	a.TimeoutSeconds, a.MemoryMiB, a.Concurrency = 1, c.MinMemoryMiB, 1
	allowed(t, d, compute, a)
	a.TimeoutSeconds, a.MemoryMiB, a.Concurrency = c.MaxTimeoutSeconds, c.MaxMemoryMiB, c.MaxConcurrency
	allowed(t, d, compute, a)
}

// Valid are arguments that every driver accepts. The program is a script, which
// stands for one of any machine.
func Valid(t testing.TB) function.Args {
	t.Helper()
	path := filepath.Join(t.TempDir(), "quote")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/true\n"), 0o600))
	program, err := artifact.Open(path)
	require.NoError(t, err)
	return function.Args{
		Program: program, TimeoutSeconds: 10, MemoryMiB: 128, Concurrency: 2, Environment: pulumi.StringMap{},
	}
}

// ValidSource is a source that every driver accepts that takes sources, for the
// function that Valid are the arguments of.
func ValidSource(d function.Driver) *function.Source {
	c := d.Caps()
	return &function.Source{
		Queue: queue.Binding{
			URL:          pulumi.String("sqs://sqs.eu-west-1.amazonaws.com/123456789012/calls").ToStringOutput(),
			ID:           pulumi.String("arn:aws:sqs:eu-west-1:123456789012:calls").ToStringOutput(),
			DeadLetterID: pulumi.String("arn:aws:sqs:eu-west-1:123456789012:calls-dead").ToStringOutput(),
		},
		LeaseSeconds: 10*c.LeaseTimeouts + 30, BatchSize: min(10, max(1, c.MaxBatchSize)), Concurrency: 2,
	}
}
