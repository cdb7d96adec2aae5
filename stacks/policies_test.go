package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/enginetest"
)

// policyConfig is the configuration of the policy pack for a stack: that of what is
// relied on, or that of what is only tried.
func policyConfig(stack string) string {
	if strings.HasSuffix(stack, "-prod") {
		return "prod.json"
	}
	return "dev.json"
}

// policed previews a stack under the policy pack, and returns a sorted line "level
// rule name" for each violation.
func policed(t *testing.T, stack string) ([]string, error) {
	t.Helper()
	s := load(t, configFile(t, stack).set(t, "offline", true))
	e := enginetest.New(t, enginetest.Stack{Name: stack, Program: Program(s, previewPlace(t)), Plugins: plugins[configFile(t, stack)["spotgrid:target"]]})
	pack, err := filepath.Abs(filepath.Join("..", "policies"))
	require.NoError(t, err)
	stream, lines := make(chan events.EngineEvent), make(chan []string)
	go func() { lines <- violations(stream) }()
	_, err = e.Preview(t.Context(), optpreview.EventStreams(stream), optpreview.SuppressProgress(),
		optpreview.PolicyPacks(pack), optpreview.PolicyPackConfigs(filepath.Join(pack, "config", policyConfig(stack))))
	if err != nil {
		return nil, err // the stream may stay open; the error has what was said
	}
	return <-lines, nil
}

func violations(stream <-chan events.EngineEvent) []string {
	var lines []string
	for e := range stream {
		if p := e.PolicyEvent; p != nil {
			name := p.ResourceURN[strings.LastIndex(p.ResourceURN, "::")+2:]
			message := p.Message[strings.Index(p.Message, "\n")+1:]
			lines = append(lines, p.EnforcementLevel+" "+p.PolicyName+" "+name+": "+strings.TrimSpace(message))
		}
		if p := e.PolicyRemediationEvent; p != nil {
			lines = append(lines, "remediate "+p.PolicyName+" "+p.ResourceURN)
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// TestEveryStackInACloudPassesThePolicyPack holds what the pack only advises, and
// what it lets pass by a waiver, against a list.
func TestEveryStackInACloudPassesThePolicyPack(t *testing.T) {
	for _, stack := range cloudStacks(t) {
		t.Run(stack, func(t *testing.T) {
			got, err := policed(t, stack)
			golden := filepath.Join("testdata", "policies", stack+".golden")
			text := strings.Join(got, "\n") + "\n"
			require.NoError(t, err, "the pack refuses the stack")
			if *update {
				require.NoError(t, errors.Join(os.MkdirAll(filepath.Dir(golden), 0o700), os.WriteFile(golden, []byte(text), 0o600)))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err, "write it with -update")
			assert.Equal(t, string(want), text, "look at each line, then write it anew with -update")
		})
	}
}
