// Package queuetest is the suite that every driver of package queue passes.
package queuetest

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/queue"
)

// Run runs the suite. compute is what the service's provider computes.
func Run(t *testing.T, d queue.Driver, compute componenttest.Compute) {
	t.Run("two queues stand side by side", func(t *testing.T) {
		two := func(ctx *pulumi.Context) error {
			for _, name := range []string{"first", "second"} {
				q, err := queue.New(ctx, name, d, Valid(d))
				if err != nil {
					return err
				}
				componenttest.Filled(t, ctx, "URL", q.URL)
				componenttest.Filled(t, ctx, "DeadLetterURL", q.DeadLetterURL)
				componenttest.Filled(t, ctx, "ID", q.ID)
				componenttest.Filled(t, ctx, "DeadLetterID", q.DeadLetterID)
			}
			return nil
		}
		componenttest.Run(t, compute, two, func(t *testing.T, tree *componenttest.Tree) {
			assert.NotEmpty(t, tree.Below("first"))
			assert.Len(t, tree.Below("second"), len(tree.Below("first")))
			in := tree.One(t, queue.Type, "first").Inputs
			assert.Equal(t, float64(Valid(d).LeaseSeconds), in["leaseSeconds"].NumberValue(), "policies read the component's inputs")
			assert.Equal(t, d.Target(), in["target"].StringValue())
		})
	})
	t.Run("protection reaches what holds the jobs", func(t *testing.T) {
		for _, protect := range []bool{true, false} {
			a := Valid(d)
			a.Protect = protect
			program := func(ctx *pulumi.Context) error {
				_, err := queue.New(ctx, "kept", d, a)
				return err
			}
			componenttest.Run(t, compute, program, func(t *testing.T, tree *componenttest.Tree) {
				for _, r := range tree.Below("kept") {
					assert.Equal(t, protect, r.Protect, r.URN)
				}
			})
		}
	})
	t.Run("all faults come in one error and nothing is registered", func(t *testing.T) {
		c := d.Caps()
		err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
			_, err := queue.New(ctx, "Bad Name", d, queue.Args{
				LeaseSeconds: c.MaxLeaseSeconds + 1, MaxDeliveries: c.MaxDeliveries + 1, RetentionHours: c.MaxRetentionHours + 1,
			})
			return err
		})
		for _, want := range []string{"Bad Name", "leaseSeconds", "maxDeliveries", "retentionHours", d.Target()} {
			assert.ErrorContains(t, err, want)
		}
	})
	t.Run("the limits themselves are allowed", func(t *testing.T) {
		c := d.Caps()
		for name, a := range map[string]queue.Args{
			"least": {LeaseSeconds: c.MinLeaseSeconds, MaxDeliveries: c.MinDeliveries, RetentionHours: 1},
			"most":  {LeaseSeconds: c.MaxLeaseSeconds, MaxDeliveries: c.MaxDeliveries, RetentionHours: c.MaxRetentionHours},
		} {
			require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
				_, err := queue.New(ctx, "edge", d, a)
				return err
			}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(compute))), name)
		}
	})
}

// Valid are arguments that the driver accepts.
func Valid(d queue.Driver) queue.Args {
	c := d.Caps()
	return queue.Args{LeaseSeconds: max(60, c.MinLeaseSeconds), MaxDeliveries: max(10, c.MinDeliveries), RetentionHours: 96}
}
