package awstest

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/componenttest"
)

// Tagged checks that every resource that can carry tags has these.
func Tagged(t *testing.T, tree *componenttest.Tree, want map[string]string) {
	t.Helper()
	n := 0
	for _, r := range tree.All() {
		if !kinds[r.Type].tagged {
			continue
		}
		n++
		tags := r.Inputs["tags"]
		if !assert.True(t, tags.IsObject(), "%s %q has no tags", r.Type, r.Name) {
			continue
		}
		for key, value := range want {
			got := tags.ObjectValue()[resource.PropertyKey(key)]
			assert.True(t, got.IsString() && got.StringValue() == value, "%s %q has tag %s=%v, want %s", r.Type, r.Name, key, got, value)
		}
	}
	assert.NotZero(t, n, "nothing in the tree can carry tags")
}
