package awstest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/policydoc"
)

// Statement is one statement of a policy as AWS would read it.
type Statement struct {
	Sid       string
	Effect    string
	Principal map[string]string
	Action    []string
	Resource  []string
	Condition map[string]map[string]string
}

// Policies reads and checks every policy in the tree: no action has a
// wildcard, no resource is "*" without a condition. It returns the statements
// by the name of the resource that holds them. In a preview the policies that
// name what is not there yet are left out.
func Policies(t *testing.T, tree *componenttest.Tree) map[string][]Statement {
	t.Helper()
	found := map[string][]Statement{}
	for _, r := range tree.All() {
		if r.Type == "aws:ecr/lifecyclePolicy:LifecyclePolicy" {
			continue // rules on images, not on who may do what
		}
		for _, key := range []resource.PropertyKey{"policy", "assumeRolePolicy"} {
			if v := r.Inputs[key]; v.IsString() {
				found[r.Name] = read(t, r.Name, v.StringValue())
			}
		}
	}
	return found
}

// Granted renders statements as a role's policy would hold them, and checks
// them in the same way.
func Granted(t *testing.T, ctx *pulumi.Context, statements []policydoc.Statement) []Statement {
	t.Helper()
	document, err := policydoc.Document(statements...)
	require.NoError(t, err)
	r, err := internals.UnsafeAwaitOutput(ctx.Context(), document)
	require.NoError(t, err)
	if !r.Known {
		return nil
	}
	return read(t, "grant", r.Value.(string))
}

func read(t *testing.T, where, document string) []Statement {
	t.Helper()
	var p struct {
		Version   string
		Statement []Statement
	}
	require.NoError(t, json.Unmarshal([]byte(document), &p), "%s: %s", where, document)
	assert.Equal(t, "2012-10-17", p.Version, where)
	assert.NotEmpty(t, p.Statement, where)
	for _, s := range p.Statement {
		assert.Empty(t, s.faults(), "%s/%s", where, s.Sid)
	}
	return p.Statement
}

// faults are what makes a statement allow or refuse more than it names.
func (s Statement) faults() (found []string) {
	if s.Sid == "" || len(s.Action) == 0 {
		found = append(found, "no sid or no action")
	}
	for _, a := range s.Action {
		if strings.ContainsAny(a, "*?") {
			found = append(found, "action "+a)
		}
	}
	if len(s.Condition) > 0 {
		return found
	}
	if slices.Contains(s.Resource, "*") {
		found = append(found, "every resource without a condition")
	}
	if s.Effect == "Allow" && s.Principal["AWS"] == "*" {
		found = append(found, "everybody without a condition")
	}
	return found
}

// RefusesPlainText checks that one of the statements denies everybody the
// actions without TLS.
func RefusesPlainText(t *testing.T, statements []Statement, actions ...string) {
	t.Helper()
	for _, s := range statements {
		if s.Effect == "Deny" && s.Principal["AWS"] == "*" && s.Condition["Bool"]["aws:SecureTransport"] == "false" {
			for _, a := range actions {
				assert.Contains(t, s.Action, a)
			}
			return
		}
	}
	t.Errorf("no statement denies calls without TLS: %+v", statements)
}
