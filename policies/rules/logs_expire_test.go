package rules

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestLogsExpire(t *testing.T) {
	table(t, logsExpire, []example{
		{name: "a day", stack: some(awsLogs, `{"retentionInDays":1}`)},
		{name: "a year", stack: some(awsLogs, `{"retentionInDays":365}`)},
		{name: "longer", stack: some(awsLogs, `{"retentionInDays":366}`), want: []string{"retentionInDays is 366, want 1..365"}},
		{name: "for ever", stack: some(awsLogs, `{"retentionInDays":0}`), want: []string{"retentionInDays is 0"}},
		{name: "nothing said", stack: some(awsLogs, `{}`), want: []string{"retentionInDays is missing"}},
		{name: "nothing said on Google Cloud", stack: some(gcpLogs, `{}`)},
		{name: "longer on Google Cloud", stack: some(gcpLogs, `{"retentionDays":3650}`), want: []string{"retentionDays is 3650"}},
		{name: "the default of Google Cloud", options: options{"mostDays": 30.0}, stack: some(gcpLogs, `{}`)},
		{name: "unknown", stack: some(awsLogs, `{"retentionInDays":"?"}`), undecided: []string{"retentionInDays"}},
	})
}

func TestLogsWithoutATimeGetOne(t *testing.T) {
	t.Parallel()
	mended, changed := mendedBy(t, mendLogs, options{"days": 14.0}, some(awsLogs, `{"name":"l","retentionInDays":0}`)[0])
	require.True(t, changed)
	assert.Equal(t, `{"name":"l","retentionInDays":14}`, mended.Show())
	mended, changed = mendedBy(t, mendLogs, nil, some(awsLogs, `{"name":"l"}`)[0])
	require.True(t, changed, "nothing is for ever")
	assert.Equal(t, `{"name":"l","retentionInDays":30}`, mended.Show())
	for name, r := range map[string]*policy.Resource{
		"has one": some(awsLogs, `{"retentionInDays":1}`)[0], "unknown": some(awsLogs, `{"retentionInDays":"?"}`)[0],
	} {
		_, changed := mendedBy(t, mendLogs, nil, r)
		assert.False(t, changed, name)
	}
}
