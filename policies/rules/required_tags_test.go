package rules

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/policies/policy"
)

const allTags = `{"project":"p","stack":"s","owner":"o","cost-centre":"c"}`

func TestEverythingIsTagged(t *testing.T) {
	table(t, requiredTags, []example{
		{name: "all", stack: some(awsQueue, `{"tags":`+allTags+`}`)},
		{name: "one is missing", stack: some(awsQueue, `{"tags":{"project":"p","stack":"s","owner":"o"}}`), want: []string{`tags has no "cost-centre"`}},
		{name: "all are missing", stack: some(awsQueue, `{}`), want: []string{`"project"`, `"stack"`, `"owner"`, `"cost-centre"`}},
		{name: "labels", stack: some(gcpTopic, `{"labels":`+allTags+`}`)},
		{name: "labels for people", stack: some(gcpAlert, `{"labels":`+allTags+`}`), options: options{"keys": []any{"owner"}}, want: []string{`userLabels has no "owner"`}},
		{name: "a group's list", stack: some(awsGroup, `{"tags":[{"key":"owner","value":"o"}]}`), options: options{"keys": []any{"owner"}}},
		{name: "a group's list without", stack: some(awsGroup, `{"tags":[{"key":"a","value":"o"}]}`), options: options{"keys": []any{"owner"}}, want: []string{`tags has no "owner"`}},
		{name: "unknown", stack: some(awsQueue, `{"tags":"?"}`), undecided: []string{"tags is not known yet"}},
	})
}

func TestMissingTagsAreAdded(t *testing.T) {
	t.Parallel()
	mended, changed := mendedBy(t, mendTags, options{"values": map[string]any{"owner": "platform"}}, some(awsQueue, `{"name":"q","tags":{"owner":"me","a":"b"}}`)[0])
	require.True(t, changed)
	assert.Equal(t, `{"name":"q","tags":{"a":"b","owner":"me","project":"spotgrid","stack":"dev"}}`, mended.Show())
	mended, changed = mendedBy(t, mendTags, options{"values": map[string]any{"owner": "platform"}}, some(gcpBucket, `{}`)[0])
	require.True(t, changed)
	assert.Equal(t, `{"labels":{"owner":"platform","project":"spotgrid","stack":"dev"}}`, mended.Show())
	for name, r := range map[string]*policy.Resource{
		"nothing is missing": some(awsQueue, `{"tags":`+allTags+`}`)[0], "unknown": some(awsQueue, `{"tags":"?"}`)[0],
		"of no such type": some(awsFunctionURL, `{}`)[0],
	} {
		_, changed := mendedBy(t, mendTags, nil, r)
		assert.False(t, changed, name)
	}
}

// mendedBy runs a rule that mends, and checks that what it checks is then fulfilled
// or as it was.
func mendedBy(t *testing.T, rule policy.Rule, o options, r *policy.Resource) (policy.Value, bool) {
	t.Helper()
	require.NoError(t, rule.Check())
	s := policy.NewSession([]policy.Rule{rule}, "spotgrid", "dev", today)
	mended, changed, err := s.Mend(rule, r, o)
	require.NoError(t, err)
	return mended, changed
}
