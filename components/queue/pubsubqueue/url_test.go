package pubsubqueue

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheTopicOfAQueuesURL(t *testing.T) {
	t.Parallel()
	got, err := topicOf("pubsub://acme-grid/jobs-work-1a2b3c4?topic=jobs-work-5d6e7f8")
	assert.NoError(t, err)
	assert.Equal(t, "projects/acme-grid/topics/jobs-work-5d6e7f8", got)
	got, err = topicOf("pubsub://acme-grid?topic=calls")
	assert.NoError(t, err, "a queue that only takes jobs")
	assert.Equal(t, "projects/acme-grid/topics/calls", got)
	for _, bad := range []string{
		"", "://", "jobs", "sqs://acme-grid/jobs?topic=jobs", "pubsub:///jobs?topic=jobs",
		"pubsub://acme-grid", "pubsub://acme-grid/jobs", "pubsub://acme-grid/jobs?topic=",
	} {
		_, err := topicOf(bad)
		assert.ErrorContains(t, err, "want pubsub://PROJECT/SUBSCRIPTION?topic=TOPIC", bad)
	}
}
