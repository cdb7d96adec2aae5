package settings

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// validMulticloud is the least that a grid in two clouds says.
func validMulticloud(t *testing.T) config {
	t.Helper()
	c := config{"spotgrid:target": "multicloud", "spotgrid:tags": `{"owner":"platform","costCentre":"4711"}`}
	c["spotgrid:aws"], c["spotgrid:gcp"] = validAWS()["spotgrid:aws"], validGCP()["spotgrid:gcp"]
	return c.with(t, "gcp", `{"egress":"nat"}`).with(t, "volume", `{"kind":"bucket"}`).
		with(t, "fleets", `{"here":{"cloud":"aws","drainSeconds":90},"there":{"cloud":"gcp","drainSeconds":20}}`)
}

func TestAGridInTwoCloudsIsAtHomeOnAWSUnlessSaidOtherwise(t *testing.T) {
	t.Parallel()
	c := validMulticloud(t)
	s, err := Load(c, c.keys())
	require.NoError(t, err)
	assert.Equal(t, Multicloud{Home: "aws"}, s.Multicloud)
	assert.Equal(t, []string{"here"}, s.FleetsIn("aws"))
	assert.Equal(t, []string{"there"}, s.FleetsIn("gcp"))
	assert.True(t, s.isHome("aws"))
	assert.False(t, s.isHome("gcp"))

	c = c.with(t, "multicloud", `{"home":"gcp"}`)
	s, err = Load(c, c.keys())
	require.NoError(t, err)
	assert.True(t, s.isHome("gcp"))
}

func TestFaultsOfAGridInTwoCloudsAreNamedWithWhatIsAllowed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ key, parts, want string }{
		"unknown home":            {"multicloud", `{"home":"azure"}`, `spotgrid:multicloud.home is "azure", want aws, gcp`},
		"unknown part":            {"multicloud", `{"house":"aws"}`, `spotgrid:multicloud.house is not known, want one of home`},
		"a fleet in no cloud":     {"fleets", `{"lost":{}}`, `spotgrid:fleets.lost.cloud is "", want aws, gcp`},
		"files":                   {"volume", `{"kind":"files"}`, `spotgrid:volume.kind is "files", want bucket: a job's result is claimed in one place`},
		"no way home":             {"gcp", `{"egress":"private"}`, `spotgrid:gcp.egress is "private", want nat: machines there reach the home through the internet`},
		"no way home from AWS":    {"multicloud", `{"home":"gcp"}`, `spotgrid:aws.egress is "endpoints", want nat`},
		"images":                  {"aws", `{"functionPackage":"image"}`, `spotgrid:aws.functionPackage is "image", want zip on target multicloud`},
		"a long drain on GCP":     {"fleets", `{"there":{"cloud":"gcp","drainSeconds":90}}`, `spotgrid:fleets.there.drainSeconds is 90, want 0..25`},
		"no zones of GCP":         {"gcp", `{"zones":[]}`, `spotgrid:gcp.zones is empty`},
		"no region of AWS":        {"aws", `{"region":""}`, `spotgrid:aws.region is not set`},
		"a batch, at home on GCP": {"functions", `{"quote":{"source":{}}}`, `spotgrid:functions.quote.source.batchSize is 10, want 1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := validMulticloud(t)
			switch name {
			case "no way home from AWS":
				src = src.with(t, "aws", `{"egress":"endpoints"}`)
			case "a batch, at home on GCP":
				src = src.with(t, "multicloud", `{"home":"gcp"}`)
			}
			src = src.with(t, c.key, c.parts)
			_, err := Load(src, src.keys())
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestAFleetHasNoCloudWhereThereIsOne(t *testing.T) {
	t.Parallel()
	c := validAWS().with(t, "fleets", `{"spot":{"cloud":"gcp"}}`)
	_, err := Load(c, c.keys())
	assert.ErrorContains(t, err, `spotgrid:fleets.spot.cloud is "gcp", want none on target aws, which is one`)
}
