package migfleet_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheNativeAutoscalerOnlyAddsMachines(t *testing.T) {
	o, a := options(t), valid()
	native(&o)
	a.MinWorkers, a.MaxWorkers, a.JobsPerWorker = 1, 9, 3
	tree, built := declare(t, o, a)
	s := inputs(t, tree, "gcp:compute/autoscaler:Autoscaler", "spot-spot-0")
	assert.Equal(t, "europe-west1-d", s["zone"])
	assert.Equal(t, "spot-spot-0-id", s["target"])
	assert.Equal(t, map[string]any{
		"minReplicas": 1.0, "maxReplicas": 9.0, "cooldownPeriod": 120.0, "mode": "ONLY_UP", "metrics": []any{map[string]any{
			"name":                     "pubsub.googleapis.com/subscription/num_undelivered_messages",
			"filter":                   `resource.type = "pubsub_subscription" AND resource.labels.subscription_id = "jobs-work-1a2b3c4"`,
			"singleInstanceAssignment": 3.0,
		}},
	}, s["autoscalingPolicy"])
	assert.True(t, built.NativeAutoscaler, "the grid's scaler leaves the fleet alone")
	assert.Len(t, tree.Of("gcp:compute/autoscaler:Autoscaler"), 1, "none for the machines on demand")
}
