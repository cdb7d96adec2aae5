package awsvalue

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/limits"
)

func TestLogsAreKeptForDaysThatCloudWatchTakes(t *testing.T) {
	t.Parallel()
	for days, ok := range map[int]bool{0: false, 1: true, 2: false, 14: true, 31: false, 3653: true, -1: false} {
		var f limits.Faults
		CheckLogDays(&f, "logDays", days)
		if ok {
			assert.NoError(t, f.Err(), days)
		} else {
			assert.ErrorContains(t, f.Err(), "logDays is ")
		}
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	for region, ok := range map[string]bool{
		"eu-west-1": true, "us-gov-west-1": true, "ap-southeast-4": true,
		"": false, "eu-west": false, "cn-north-1": false, "EU-west-1": false, "eu-west-1a": false,
	} {
		var f limits.Faults
		CheckRegion(&f, region)
		assert.Equal(t, ok, f.Err() == nil, region)
	}
}

func TestTagsAddANameAndLeaveTheUsersAlone(t *testing.T) {
	t.Parallel()
	users := map[string]string{"owner": "platform"}
	assert.Equal(t, map[string]string{"owner": "platform", "Name": "grid-net"}, Tags(users, "grid-net"))
	assert.Equal(t, map[string]string{"owner": "platform"}, users)
	assert.Equal(t, map[string]string{"Name": "x"}, Tags(nil, "x"))
}
