// Package fleettest is the suite that every driver of package fleet passes.
package fleettest

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/volume"
)

// Run runs the suite. compute is what the service's provider computes, valid
// are arguments that the driver accepts, such as Valid with the names that the
// service gives its queues.
func Run(t *testing.T, d fleet.Driver, compute componenttest.Compute, valid fleet.Args) {
	t.Run("two fleets stand side by side", func(t *testing.T) {
		two := func(ctx *pulumi.Context) error {
			for _, name := range []string{"first", "second"} {
				f, err := fleet.New(ctx, name, d, valid)
				if err != nil {
					return err
				}
				componenttest.Filled(t, ctx, "ID", f.ID)
			}
			return nil
		}
		componenttest.Run(t, compute, two, func(t *testing.T, tree *componenttest.Tree) {
			assert.NotEmpty(t, tree.Below("first"))
			assert.Len(t, tree.Below("second"), len(tree.Below("first")))
			in := tree.One(t, fleet.Type, "first").Inputs
			assert.Equal(t, float64(valid.MaxWorkers), in["maxWorkers"].NumberValue(), "policies read the component's inputs")
			assert.Equal(t, d.Target(), in["target"].StringValue())
		})
	})
	t.Run("all faults come in one error and nothing is registered", func(t *testing.T) {
		c := d.Caps()
		err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
			_, err := fleet.New(ctx, "Bad Name", d, fleet.Args{
				MinWorkers: -1, MaxWorkers: c.MaxWorkers + 1, Slots: c.MaxSlots + 1, DrainSeconds: c.MaxDrainSeconds + 1, IdleSeconds: -1,
			})
			return err
		})
		for _, want := range []string{"Bad Name", "minWorkers", "maxWorkers", "jobsPerWorker", "slots", "drainSeconds", "idleSeconds", "worker is", "queue is", "volume is", d.Target()} {
			assert.ErrorContains(t, err, want)
		}
	})
	t.Run("a fleet whose minimum is above its maximum is refused", func(t *testing.T) {
		a := valid
		a.MinWorkers = a.MaxWorkers + 1
		err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
			_, err := fleet.New(ctx, "upside-down", d, a)
			return err
		})
		assert.ErrorContains(t, err, "maxWorkers")
	})
}

// Valid are arguments that fit every target, with the names of the local one.
func Valid() fleet.Args {
	return fleet.Args{
		Worker:     artifact.Program{Path: "/bin/worker", SHA256: strings.Repeat("a", 64)},
		MinWorkers: 0, MaxWorkers: 4, JobsPerWorker: 4, Slots: 1, DrainSeconds: 30, IdleSeconds: 60,
		Queue: queue.Binding{
			URL: text("nats://127.0.0.1/jobs"), ID: text("jobs"), DeadLetterURL: text("nats://127.0.0.1/dead"), DeadLetterID: text("dead"),
		},
		Volume:      volume.Binding{URL: text("file:///mnt/grid"), ID: text("files")},
		Environment: pulumi.StringMap{"SPOTGRID_QUEUE_URL": pulumi.String("nats://127.0.0.1/jobs")},
	}
}

func text(s string) pulumi.StringOutput { return pulumi.String(s).ToStringOutput() }
