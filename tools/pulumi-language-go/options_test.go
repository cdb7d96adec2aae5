package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

func TestParseOptions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		given  map[string]any
		want   options
		faults []string
	}{
		"none":         {},
		"binary":       {given: map[string]any{"binary": "bin/infra"}, want: options{binary: "bin/infra"}},
		"build target": {given: map[string]any{"buildTarget": "out/infra"}, want: options{buildTarget: "out/infra"}},
		"misspelt": {
			given:  map[string]any{"buildtarget": "out"},
			faults: []string{`runtime option "buildtarget" is unknown, allowed: binary, buildTarget`},
		},
		"wrong type": {
			given:  map[string]any{"binary": true},
			faults: []string{`runtime option "binary" must be a string, got true`},
		},
		"both": {
			given:  map[string]any{"binary": "a", "buildTarget": "b"},
			faults: []string{"runtime options binary and buildTarget exclude each other"},
		},
		"two faults at once": {
			given: map[string]any{"binary": 3, "name": "x"},
			faults: []string{
				`runtime option "binary" must be a string, got 3`,
				`runtime option "name" is unknown, allowed: binary, buildTarget`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseOptions(mustStruct(t, test.given))
			if test.faults == nil {
				require.NoError(t, err)
				assert.Equal(t, test.want, got)
				return
			}
			for _, fault := range test.faults {
				assert.ErrorContains(t, err, fault)
			}
		})
	}
}

// mustStruct is options as the engine sends them.
func mustStruct(t *testing.T, given map[string]any) *structpb.Struct {
	t.Helper()
	raw, err := structpb.NewStruct(given)
	require.NoError(t, err)
	return raw
}
