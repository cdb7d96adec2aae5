package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/tools/pipeline/release"
)

func TestOnlyReleasesThatWentUpCount(t *testing.T) {
	t.Parallel()
	digest := func(c string) release.Digest { return release.Digest("sha256:" + strings.Repeat(c, 64)) }
	a, b, c := digest("a"), digest("b"), digest("c")
	got := releases([]update{
		{"update", message(a, " (back from "+string(b)+")"), "succeeded"},
		{"update", message(b, ""), "failed"},
		{"refresh", message(c, ""), "succeeded"},
		{"update", "a hotfix by hand", "succeeded"},
		{"update", "release sha256:short", "succeeded"},
		{"update", message(c, ""), "succeeded"},
		{"update", message(a, ""), "succeeded"},
	})
	assert.Equal(t, []release.Digest{a, c, a}, got)
	assert.Equal(t, c, before(got, a))
	assert.Equal(t, a, before(got, b))
	assert.Empty(t, before([]release.Digest{a, a}, a))
	assert.Empty(t, before(nil, a))
}
