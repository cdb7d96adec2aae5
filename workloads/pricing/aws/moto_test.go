package aws

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/mototest"
)

func TestMain(m *testing.M) { os.Exit(mototest.Main(m)) }

// TestMotoUnderstandsTheQuestionForSpotPrices: moto knows EC2's query API and has a
// price for every type in every zone, though the same one. It has no Price List.
func TestMotoUnderstandsTheQuestionForSpotPrices(t *testing.T) {
	t.Parallel()
	c := NewClient(mototest.Need(t).Config(t), http.DefaultClient, time.Now)
	found, err := c.spot(t.Context(), mototest.Region, []string{"c7g.large", "m7g.large"})
	require.NoError(t, err)
	require.Contains(t, found, "c7g.large")
	require.Contains(t, found, "m7g.large")
	b := found["c7g.large"]
	assert.Len(t, found, 2, "only what was asked for")
	assert.Equal(t, []float64{0.00001, 0.00001, 0.00001}, []float64{b.low, b.likely(), b.high})
	assert.Greater(t, len(b.latest), 1, "zones")
}
