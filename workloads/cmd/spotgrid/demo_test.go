package main_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// demoSummary is the last line of `spotgrid demo --json`.
type demoSummary struct {
	Gallery string
	Bytes   int `json:"gallery_bytes"`
	Batches []string
	Jobs    int
	Done    int
	GivenUp int                          `json:"given_up"`
	LeftOut []struct{ What, Why string } `json:"left_out"`
}

// TestTheDemoRunsEveryKindAndMakesAGallery on a grid that is up already: pulumi
// has nothing to do. Twice, since the second must replace what the first left.
func TestTheDemoRunsEveryKindAndMakesAGallery(t *testing.T) {
	t.Parallel()
	g := newGrid(t, small())
	p := project(t)
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, "bin", "pulumi"), []byte("#!/bin/sh\nexit 0\n"), 0o700))
	p.environment = append(p.environment, "SPOTGRID_WIKI_BASE_URL=http://127.0.0.1:1")
	demo := func() demoSummary {
		a := p.spotgrid(t, "", "demo", "--stack", "local", "--grid", g.outputs(), "--json")
		require.Zero(t, a.code, a.err)
		assert.Contains(t, a.err, "==> 4/4 results")
		assert.Contains(t, a.err, "left out: wiki")
		all := lines[json.RawMessage](t, a.out)
		var last demoSummary
		require.NoError(t, json.Unmarshal(all[len(all)-1], &last))
		return last
	}
	first := demo()
	assert.Equal(t, [3]int{38, 38, 0}, [3]int{first.Jobs, first.Done, first.GivenUp})
	require.Len(t, first.Batches, 2)
	require.Len(t, first.LeftOut, 1)
	second := demo()

	at, err := url.Parse(second.Gallery)
	require.NoError(t, err)
	page, err := os.ReadFile(at.Path)
	require.NoError(t, err)
	assert.Len(t, page, second.Bytes)
	for _, section := range []string{"photos", "duplicates", "clusters", "alerts", "commands", "timeline", "costs", "left-out"} {
		assert.Contains(t, string(page), `<section id="`+section+`">`)
	}
	assert.Equal(t, 1, strings.Count(string(page), "reading the header of a jpeg file: the file ends"), "the photo that is cut off")
	runs, err := filepath.Glob(filepath.Join(filepath.Dir(at.Path), "demo-*"))
	require.NoError(t, err)
	require.Len(t, runs, 1, "what the first run wrote is gone")
	assert.Equal(t, second.Batches[0], filepath.Base(runs[0]))

	a := g.run("results", second.Batches[0], "--json")
	require.Zero(t, a.code, a.err)
	kinds := map[string]int{}
	for _, r := range lines[struct{ Kind string }](t, a.out) {
		kinds[r.Kind]++
	}
	b, err := json.Marshal(kinds)
	require.NoError(t, err)
	assert.JSONEq(t, `{"vision": 4, "alerts": 1, "numeric": 1, "kmeans": 11, "command": 20}`, string(b))
}
