// Package volumetest is the suite that every driver of package volume passes.
package volumetest

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/volume"
)

// Run runs the suite. compute is what the service's provider computes.
func Run(t *testing.T, d volume.Driver, compute componenttest.Compute) {
	t.Run("two volumes stand side by side", func(t *testing.T) {
		two := func(ctx *pulumi.Context) error {
			for _, name := range []string{"first", "second"} {
				v, err := volume.New(ctx, name, d, volume.Args{})
				if err != nil {
					return err
				}
				componenttest.Filled(t, ctx, "URL", v.URL)
				componenttest.Filled(t, ctx, "ID", v.ID)
			}
			return nil
		}
		componenttest.Run(t, compute, two, func(t *testing.T, tree *componenttest.Tree) {
			assert.NotEmpty(t, tree.Below("first"))
			assert.Len(t, tree.Below("second"), len(tree.Below("first")))
			assert.Equal(t, d.Target(), tree.One(t, volume.Type, "first").Inputs["target"].StringValue())
			for _, r := range tree.All() {
				assert.False(t, r.Protect, "%s is protected although nobody asked for it", r.URN)
			}
		})
	})
	t.Run("protection reaches what holds the files", func(t *testing.T) {
		protected := func(ctx *pulumi.Context) error {
			_, err := volume.New(ctx, "kept", d, volume.Args{Protect: true})
			return err
		}
		componenttest.Run(t, compute, protected, func(t *testing.T, tree *componenttest.Tree) {
			for _, r := range tree.Below("kept") {
				assert.True(t, r.Protect, "%s should be protected", r.URN)
			}
		})
	})
	t.Run("a bad name is refused before anything is registered", func(t *testing.T) {
		err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
			_, err := volume.New(ctx, "Bad Name", d, volume.Args{})
			return err
		})
		assert.ErrorContains(t, err, "Bad Name")
		assert.ErrorContains(t, err, d.Target())
	})
}
