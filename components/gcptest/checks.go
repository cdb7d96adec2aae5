package gcptest

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/componenttest"
)

// Labelled checks that every resource that can carry labels has these.
func Labelled(t *testing.T, tree *componenttest.Tree, want map[string]string) {
	t.Helper()
	n := 0
	for _, r := range tree.All() {
		key := kinds[r.Type].labels
		if key == "" {
			continue
		}
		n++
		labels := r.Inputs[resource.PropertyKey(key)]
		if !assert.True(t, labels.IsObject(), "%s %q has no labels", r.Type, r.Name) {
			continue
		}
		for key, value := range want {
			got := labels.ObjectValue()[resource.PropertyKey(key)]
			assert.True(t, got.IsString() && got.StringValue() == value, "%s %q has label %s=%v, want %s", r.Type, r.Name, key, got, value)
		}
	}
	assert.NotZero(t, n, "nothing in the tree can carry labels")
}

// Grant is one member's role on a resource.
type Grant struct{ On, Role, Member string }

// broad are roles that say nothing of what they are for.
var broad = []string{"roles/owner", "roles/editor", "roles/viewer", "roles/iam.serviceAccountTokenCreator"}

// Grants reads and checks every grant in the tree: none to everybody, none of
// a basic role. On is the name of the resource that grants. What is not known
// in a preview is left out.
func Grants(t *testing.T, tree *componenttest.Tree) []Grant {
	t.Helper()
	var found []Grant
	for _, r := range tree.All() {
		role, member := r.Inputs["role"], r.Inputs["member"]
		if !strings.HasSuffix(strings.ToLower(r.Type), "iammember") && !strings.HasSuffix(r.Type, ":IamMember") || !role.IsString() || !member.IsString() {
			continue
		}
		g := Grant{On: r.Name, Role: role.StringValue(), Member: member.StringValue()}
		assert.NotContains(t, []string{"allUsers", "allAuthenticatedUsers"}, g.Member, "%s is for everybody", r.URN)
		assert.False(t, slices.Contains(broad, g.Role), "%s grants the broad role %s", r.URN, g.Role)
		found = append(found, g)
	}
	return found
}
