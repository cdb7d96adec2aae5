package localqueue_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/queue/localqueue"
	"github.com/spotgrid/spotgrid/components/queue/queuetest"
)

func driver() *localqueue.Driver {
	return localqueue.New(localqueue.Options{Directory: pulumi.String("/grid"), Server: pulumi.String("nats://127.0.0.1:4222")})
}

func TestConformance(t *testing.T) { queuetest.Run(t, driver(), componenttest.Local) }

func TestTheDeadLetterQueueKeepsLongerAndHasNone(t *testing.T) {
	program := func(ctx *pulumi.Context) error {
		_, err := queue.New(ctx, "jobs", driver(), queue.Args{LeaseSeconds: 30, MaxDeliveries: 20, RetentionHours: 96})
		return err
	}
	componenttest.Run(t, componenttest.Local, program, func(t *testing.T, tree *componenttest.Tree) {
		work := tree.One(t, "spotgrid:local:Queue", "jobs-work").Inputs
		dead := tree.One(t, "spotgrid:local:Queue", "jobs-dead").Inputs
		assert.Equal(t, "jobs-dead", work["deadLetter"].StringValue())
		assert.NotContains(t, dead, "deadLetter")
		assert.Zero(t, dead["maxDeliveries"].NumberValue(), "a dead letter is never given up")
		assert.Greater(t, dead["retentionHours"].NumberValue(), work["retentionHours"].NumberValue())
	})
}
