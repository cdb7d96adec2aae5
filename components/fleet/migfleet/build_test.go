package migfleet

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNamesAreOneOfAKindAndFitWhatTheyGoInto(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("a", 21) + "-" + strings.Repeat("b", 8) // 30 characters
	seen := map[string]bool{}
	for _, of := range [][3]string{{"grid", "dev", "spot"}, {"grid", "prod", "spot"}, {"other", "dev", "spot"}, {"grid", "dev", "x"}, {"grid", "dev", longest}} {
		name := unique(of[0], of[1], of[2])
		assert.False(t, seen[name], name)
		seen[name] = true
		assert.Regexp(t, `^[a-z]([a-z0-9-]*[a-z0-9])$`, name)
		assert.GreaterOrEqual(t, len(name), 6, "a service account's ID")
		assert.LessOrEqual(t, len(name), 30, "a service account's ID")
		assert.LessOrEqual(t, len("spotgrid_leave_"+name), 64, "a role's ID")
		assert.NotContains(t, name, "--")
		assert.Equal(t, name, unique(of[0], of[1], of[2]), "whenever it is deployed")
	}
	assert.NotEqual(t, unique("a", "bc", "d"), unique("ab", "c", "d"))
}

func TestDisksAreThoseThatATypeTakes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"c4a-standard-2": "hyperdisk-balanced", "n4-standard-2": "hyperdisk-balanced", "c4d-highcpu-8": "hyperdisk-balanced", "n9-standard-2": "hyperdisk-balanced",
		"e2-standard-2": "pd-balanced", "c3d-standard-4": "pd-balanced", "t2a-standard-1": "pd-balanced", "n1-highmem-2": "pd-balanced",
	} {
		assert.Equal(t, want, diskType(name), name)
	}
}

func TestAnAutoscalerFollowsTheQueuesOwnMetric(t *testing.T) {
	t.Parallel()
	filter, err := metricFilter("projects/acme-grid/subscriptions/jobs-work-1a2b3c4")
	require.NoError(t, err)
	assert.Equal(t, `resource.type = "pubsub_subscription" AND resource.labels.subscription_id = "jobs-work-1a2b3c4"`, filter)
	for _, id := range []string{"jobs", "projects/p/topics/t", `projects/p/subscriptions/a"b`} {
		_, err := metricFilter(id)
		assert.ErrorContains(t, err, "want projects/PROJECT/subscriptions/NAME", id)
	}
}
