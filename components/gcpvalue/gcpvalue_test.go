package gcpvalue

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/limits"
)

func TestRegions(t *testing.T) {
	t.Parallel()
	for region, ok := range map[string]bool{
		"europe-west1": true, "us-central1": true, "northamerica-northeast2": true, "europe-west12": true,
		"": false, "europe": false, "eu-west-1": false, "europe-west1-b": false, "Europe-west1": false,
	} {
		var f limits.Faults
		CheckRegion(&f, region)
		assert.Equal(t, ok, f.Err() == nil, region)
	}
}

func TestZonesAreOfTheRegion(t *testing.T) {
	t.Parallel()
	for zone, ok := range map[string]bool{
		"europe-west1-b": true, "europe-west1-f": true,
		"": false, "europe-west1": false, "europe-west1-": false, "europe-west1-1": false, "europe-west12-b": false, "us-central1-a": false,
	} {
		var f limits.Faults
		CheckZone(&f, "europe-west1", zone)
		assert.Equal(t, ok, f.Err() == nil, zone)
	}
}

func TestLabelsAreLowerCaseAndShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 63)
	var f limits.Faults
	CheckLabels(&f, map[string]string{"owner": "platform_team-1", "empty": "", long: long})
	CheckLabels(&f, nil)
	assert.NoError(t, f.Err())

	many := map[string]string{"Owner": "me", "1st": "x", "owner": "Platform", "mail": "a@b", long + "a": "", "long": long + "a"}
	for i := range 59 {
		many[fmt.Sprintf("label-%d", i)] = ""
	}
	CheckLabels(&f, many)
	for _, want := range []string{
		"there are 65 labels", `label "Owner": the key`, `label "1st": the key`, `label "owner" is "Platform"`, `label "mail" is "a@b"`,
		fmt.Sprintf("label %q: the key", long+"a"), fmt.Sprintf("label %q is %q", "long", long+"a"),
	} {
		assert.ErrorContains(t, f.Err(), want)
	}
}
