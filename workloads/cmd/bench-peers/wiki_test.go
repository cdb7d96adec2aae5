package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func wikiSample(t *testing.T, c Case) Sample {
	t.Helper()
	_, err := c.Prepare(t.Context(), t.TempDir())
	require.NoError(t, err)
	s, err := c.Go(t.Context())
	require.NoError(t, err)
	return s
}

func TestTheWikiFunctionIsMeasured(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command here to build the function:", err)
	}
	cold, warm := wikiSample(t, wikiCases()[0]), wikiSample(t, wikiCases()[1])
	assert.Greater(t, cold.Seconds, warm.Seconds)
	assert.Regexp(t, `^\d+\.\d MiB of memory at most, after 1 calls$`, cold.Note)
	assert.Regexp(t, `^\d+\.\d MiB of memory at most, after 100 calls$`, warm.Note)
	assert.NotEqual(t, cold.Value, warm.Value, "the answers are part of the value")
}

func TestAProgramThatIsNoFunctionIsExplained(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\necho I am no function >&2\nexit 3\n"), 0o700))
	_, err := newWikiHost(t.Context(), dir).measure(t.Context(), wikiMeasurement{Program: program, Calls: 1})
	require.ErrorContains(t, err, "it ended before it took the call (exit status 3)")
	assert.ErrorContains(t, err, "I am no function")
}
