package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEachOperatorNumberAndConstantIsAFault(t *testing.T) {
	t.Parallel()
	source := []byte("package p\n\nvar ok = 1 < n && !b || x == 2.5\nvar o = Option{Min: 3, Max: 4, Default: true}\n")
	all, err := mutants("p.go", source)
	require.NoError(t, err)
	var got []string
	for _, m := range all {
		got = append(got, m.String())
		_, err := mutants("p.go", m.apply(source))
		assert.NoError(t, err, "%s is Go", m)
	}
	assert.ElementsMatch(t, []string{
		"p.go:3: 1 becomes 2", "p.go:3: < becomes <=", "p.go:3: && becomes ||", "p.go:3: ! becomes  ", "p.go:3: || becomes &&",
		"p.go:3: == becomes !=", "p.go:3: 2.5 becomes 3.5", "p.go:4: true becomes false",
	}, got)
	assert.Contains(t, string(all[0].apply([]byte(source))), "&& !b", "the rest stays")
}

func TestWhatIsNoGoIsRefused(t *testing.T) {
	t.Parallel()
	_, err := mutants("p.go", []byte("packag"))
	assert.ErrorContains(t, err, "reading source")
}
