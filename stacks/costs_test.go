package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

// TestTheCostsPageAccountsForEveryResource holds docs/aws-costs.md against what
// the stacks create.
func TestTheCostsPageAccountsForEveryResource(t *testing.T) {
	t.Parallel()
	for _, priced := range pricing.AWSGrids() {
		b, err := os.ReadFile(filepath.Join("testdata", "preview", priced.Name+".golden"))
		require.NoError(t, err)
		counts := map[string]int{}
		for line := range strings.Lines(string(b)) {
			path := strings.Fields(line)[1]
			typ := path[strings.LastIndex(path, "$")+1:]
			if !strings.HasPrefix(typ, "aws:") {
				continue
			}
			counts[typ]++
			assert.Contains(t, pricing.AWSKinds(), typ, "the page says what it costs and why it is there")
		}
		for typ, want := range priced.Billed() {
			assert.Equal(t, want, counts[typ], "%s has as many %s as the page says", priced.Name, typ)
		}
	}
}
