package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAReferenceIsWhatWasRecordedOrNamesTheResource(t *testing.T) {
	t.Parallel()
	queue := &Resource{URN: "urn:queue", Props: Of(map[string]any{"name": "jobs", "arn": "arn:aws:sqs:eu-west-1:1:jobs"})}
	for name, test := range map[string]struct {
		value  any
		refers map[string][]string
		want   Reference
	}{
		"recorded, of a part":         {NotKnown(), map[string][]string{"p": {"urn:queue"}}, Yes},
		"recorded, another":           {NotKnown(), map[string][]string{"p": {"urn:other"}}, No},
		"not known, nothing recorded": {NotKnown(), nil, Maybe},
		"its ARN":                     {"arn:aws:sqs:eu-west-1:1:jobs", nil, Yes},
		"its name at a path's end":    {"projects/p/queues/jobs", nil, Yes},
		"a longer name":               {"arn:aws:sqs:eu-west-1:1:jobs-dead", nil, No},
		"its name after a longer one": {"jobs-dead jobs", nil, Yes},
		"within a document":           {[]any{map[string]any{"a": "x/jobs"}}, nil, Yes},
		"nothing":                     {nil, nil, No},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := &Resource{Props: Of(map[string]any{"p": map[string]any{"inner": test.value}}), Refers: test.refers}
			assert.Equal(t, test.want, Refer(from, "p.inner", queue))
		})
	}
}

func TestAResourceWithoutANameIsNotReferredTo(t *testing.T) {
	t.Parallel()
	from := &Resource{Props: Of(map[string]any{"p": "anything"})}
	assert.Equal(t, No, Refer(from, "p", &Resource{URN: "urn:x", Props: Of(map[string]any{"name": ""})}))
}

func TestComponentsAndProvidersAreNoResourcesOfACloud(t *testing.T) {
	t.Parallel()
	for kind, component := range map[string]bool{
		"aws:sqs/queue:Queue": false, "spotgrid:index:Grid": true, "pulumi:pulumi:Stack": true, "pulumi:providers:aws": true,
	} {
		assert.Equal(t, component, (&Resource{Type: kind}).Component(), kind)
	}
	assert.Equal(t, "gcp", (&Resource{Type: "gcp:pubsub/topic:Topic"}).Cloud())
	assert.Empty(t, (&Resource{Type: "random:index/randomPet:RandomPet"}).Cloud())
	assert.True(t, (&Resource{Type: "pulumi:pulumi:Stack"}).IsStack())
}
