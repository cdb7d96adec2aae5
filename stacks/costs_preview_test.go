package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/enginetest"
	"github.com/spotgrid/spotgrid/workloads/cost"
)

// pricedPreviews are those that the estimates' tests and pages are made from: all
// stacks in a cloud, and changes of them that a pull request might make.
func pricedPreviews(t *testing.T) map[string]source {
	previews := map[string]source{}
	for _, stack := range cloudStacks(t) {
		previews[stack] = configFile(t, stack)
	}
	previews["aws-dev-larger"] = configFile(t, "aws-dev").set(t, "aws.machines", map[string]any{"rootGib": 30}).
		set(t, "fleets.spot", map[string]any{"minWorkers": 2, "maxWorkers": 12, "jobsPerWorker": 4, "slots": 2, "drainSeconds": 90, "idleSeconds": 300})
	previews["gcp-dev-bucket"] = configFile(t, "gcp-dev").set(t, "volume", `{"kind":"bucket"}`)
	return previews
}

// TestTheEstimatesPreviewsAreWhatTheEnginePlans holds workloads/cost/testdata
// against the real engine and providers. Of each resource only what an estimate
// reads is kept there.
func TestTheEstimatesPreviewsAreWhatTheEnginePlans(t *testing.T) {
	for name, config := range pricedPreviews(t) {
		t.Run(name, func(t *testing.T) {
			stack := strings.TrimSuffix(strings.TrimSuffix(name, "-larger"), "-bucket")
			got := pricedPreview(t, stack, config.set(t, "offline", true))
			file := filepath.Join("..", "workloads", "cost", "testdata", name+".json")
			if *update {
				require.NoError(t, os.WriteFile(file, got, 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err, "write it with -update")
			assert.Equal(t, string(want), string(got), "write it anew with -update, and then the estimates: go test ./workloads/cost -update")
		})
	}
}

// pricedPreview is what `pulumi preview --json` would print, of each resource only
// what an estimate reads, in the order of URNs.
func pricedPreview(t *testing.T, stack string, config source) []byte {
	t.Helper()
	s := enginetest.New(t, enginetest.Stack{
		Name: stack, Program: Program(load(t, config), previewPlace(t)), Plugins: plugins[config["spotgrid:target"]],
	})
	stream, collected := make(chan events.EngineEvent), make(chan []priced)
	go func() { collected <- collectPriced(stream) }()
	_, err := s.Preview(t.Context(), optpreview.EventStreams(stream), optpreview.SuppressProgress())
	steps := <-collected
	require.NoError(t, err)
	b, err := json.MarshalIndent(map[string]any{"steps": steps, "changeSummary": map[string]int{"create": len(steps)}}, "", " ")
	require.NoError(t, err)
	return append(randomNames.ReplaceAll(b, []byte("-0000000$1")), '\n')
}

// randomNames end with what the engine draws anew in each preview.
var randomNames = regexp.MustCompile("-[0-9a-f]{7,8}([\"/?\\\\])")

// priced is a step of a preview.
type priced struct {
	Op       string         `json:"op"`
	URN      string         `json:"urn"`
	NewState pricedResource `json:"newState"`
}

type pricedResource struct {
	URN      string         `json:"urn"`
	Type     string         `json:"type"`
	Parent   string         `json:"parent,omitempty"`
	Provider string         `json:"provider,omitempty"`
	Inputs   map[string]any `json:"inputs,omitempty"`
}

func collectPriced(stream <-chan events.EngineEvent) []priced {
	var steps []priced
	for e := range stream {
		if e.ResourcePreEvent != nil {
			steps = append(steps, pricedStep(e.ResourcePreEvent.Metadata))
		}
	}
	slices.SortFunc(steps, func(a, b priced) int { return strings.Compare(a.URN, b.URN) })
	return steps
}

func pricedStep(m apitype.StepEventMetadata) priced {
	kept := pricedResource{URN: m.URN, Type: m.Type, Parent: m.New.Parent, Provider: m.New.Provider, Inputs: map[string]any{}}
	for _, key := range cost.Reads(m.Type) {
		if v, ok := m.New.Inputs[key]; ok {
			kept.Inputs[key] = v
		}
	}
	return priced{string(m.Op), m.URN, kept}
}
