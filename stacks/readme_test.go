package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/stacks/settings"
)

func readme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "README.md"))
	require.NoError(t, err)
	return string(b)
}

// section is what stands under a heading of the README.
func section(t *testing.T, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(readme(t), "\n## "+heading+"\n")
	require.True(t, found, heading)
	body, _, _ := strings.Cut(rest, "\n## ")
	return body
}

func TestTheReadmeQuotesTheFaultsThatAConfigurationGets(t *testing.T) {
	t.Parallel()
	src := source{
		"spotgrid:target": "loacl", "spotgrid:queue": `{"leaseSeconds":5,"maxDelivery":20}`,
		"spotgrid:fleets": `{"spot":{"maxWorkers":"many"}}`, "spotgrid:colour": "blue",
	}
	_, err := settings.Load(src, src.keys())
	require.Error(t, err)
	for line := range strings.Lines(err.Error()) {
		assert.Contains(t, section(t, "Stacks"), strings.TrimSpace(line))
	}
}

func TestTheReadmesMapShowsRoomsThatExist(t *testing.T) {
	t.Parallel()
	folder, seen := "", 0
	for line := range strings.Lines(section(t, "What is where")) {
		indented, ok := strings.CutPrefix(line, "    ")
		if !ok || strings.HasPrefix(indented, "     ") {
			continue // text, or the second line of an entry
		}
		inner := strings.HasPrefix(indented, "  ")
		for i, name := range strings.Fields(indented) {
			if !strings.HasSuffix(name, "/") && (i > 0 || inner) && name != "Pulumi.yaml" {
				break // where the names end and the words begin
			}
			path := filepath.Join("..", name)
			if inner {
				path = filepath.Join("..", folder, name)
			} else {
				folder = name
			}
			_, err := os.Stat(path)
			assert.NoError(t, err, line)
			seen++
		}
	}
	assert.Greater(t, seen, 20, "the map has been read")
}

func TestTheReadmesCommandsExist(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(filepath.Join("..", "Makefile"))
	require.NoError(t, err)
	targets := regexp.MustCompile("(?:`|    )make ([a-z-]+)").FindAllStringSubmatch(readme(t), -1)
	require.NotEmpty(t, targets)
	for _, target := range targets {
		assert.Contains(t, string(makefile), "\n"+target[1]+":", "make %s", target[1])
	}
}
