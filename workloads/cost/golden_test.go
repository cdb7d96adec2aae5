package cost

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

var update = flag.Bool("update", false, "write the golden estimates and the pages made from them anew")

// previews are recorded from the real engine and providers; a test in stacks
// holds them.
var previews = []string{"aws-dev", "aws-dev-larger", "aws-prod", "gcp-dev", "gcp-dev-bucket", "gcp-prod", "multicloud"}

func readPlan(t *testing.T, name string) Plan {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	defer f.Close()
	p, err := Parse(f)
	require.NoError(t, err)
	return p
}

func book(t *testing.T) *pricing.Book {
	t.Helper()
	b, err := pricing.Embedded()
	require.NoError(t, err)
	return b
}

func estimated(t *testing.T, name string, load Load) *Estimate {
	t.Helper()
	return Of(readPlan(t, name).After, book(t), load)
}

// golden compares with a file, which -update writes.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "write it with -update")
	assert.Equal(t, string(want), string(got), "look at each line, then write it anew with -update")
}

func TestTheEstimateOfEveryStack(t *testing.T) {
	t.Parallel()
	for _, name := range previews {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := NewReport(estimated(t, name, DefaultLoad()))
			var out bytes.Buffer
			require.NoError(t, r.WriteText(&out, true))
			golden(t, filepath.Join("testdata", name+".golden"), out.Bytes())
		})
	}
}
