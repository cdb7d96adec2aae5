// Package functiontest is the suite that every driver of package function
// passes.
package functiontest

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/function"
)

// Run runs the suite. compute is what the service's provider computes.
func Run(t *testing.T, d function.Driver, compute componenttest.Compute) {
	t.Run("two functions stand side by side", func(t *testing.T) {
		two := func(ctx *pulumi.Context) error {
			for _, name := range []string{"first", "second"} {
				f, err := function.New(ctx, name, d, Valid())
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
			assert.Equal(t, float64(Valid().TimeoutSeconds), in["timeoutSeconds"].NumberValue(), "policies read the component's inputs")
			assert.Equal(t, d.Target(), in["target"].StringValue())
		})
	})
	t.Run("all faults come in one error and nothing is registered", func(t *testing.T) {
		c := d.Caps()
		err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
			_, err := function.New(ctx, "Bad Name", d, function.Args{
				TimeoutSeconds: c.MaxTimeoutSeconds + 1, MemoryMiB: c.MaxMemoryMiB + 1, Concurrency: c.MaxConcurrency + 1,
			})
			return err
		})
		for _, want := range []string{"Bad Name", "timeoutSeconds", "memoryMib", "concurrency", "program is", d.Target()} {
			assert.ErrorContains(t, err, want)
		}
	})
}

// Valid are arguments that every driver accepts.
func Valid() function.Args {
	return function.Args{
		Program:        artifact.Program{Path: "/bin/quote", SHA256: strings.Repeat("b", 64)},
		TimeoutSeconds: 10, MemoryMiB: 128, Concurrency: 2, Environment: pulumi.StringMap{},
	}
}
