package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awsprovider"
	"github.com/spotgrid/spotgrid/components/enginetest"
)

// openMetadata is a program with a template of machines whose metadata service
// wants no token, with tags.
func openMetadata(tags pulumi.StringMap) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		p, err := awsprovider.New(ctx, awsprovider.Options{Region: "eu-west-1", Offline: true})
		if err != nil {
			return err
		}
		var template pulumi.CustomResourceState
		return ctx.RegisterResource("aws:ec2/launchTemplate:LaunchTemplate", "worker", pulumi.Map{
			"imageId": pulumi.String("ami-0123456789abcdef0"), "tags": tags,
			"metadataOptions": pulumi.Map{"httpTokens": pulumi.String("optional"), "httpEndpoint": pulumi.String("enabled")},
		}, &template, pulumi.Provider(p))
	}
}

// judged is what the engine made of a program under the pack.
type judged struct {
	// said has a sorted line "level rule resource" for each violation, or "mended
	// rule resource".
	said []string
	// tokens is what the template is planned with.
	tokens string
	err    error
}

func judge(t *testing.T, program pulumi.RunFunc, config map[string]any) judged {
	t.Helper()
	e := enginetest.New(t, enginetest.Stack{Name: "dev", Program: program, Plugins: map[string]string{"aws": awsprovider.Version}})
	return judgeBy(t, e, config)
}

func judgeBy(t *testing.T, e auto.Stack, config map[string]any) judged {
	t.Helper()
	pack, err := filepath.Abs(".")
	require.NoError(t, err)
	encoded, err := json.Marshal(config)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "config.json")
	require.NoError(t, os.WriteFile(file, encoded, 0o600))
	stream, heard := make(chan events.EngineEvent), make(chan judged)
	go func() { heard <- listen(stream) }()
	_, err = e.Preview(t.Context(), optpreview.EventStreams(stream), optpreview.SuppressProgress(), optpreview.PolicyPacks(pack), optpreview.PolicyPackConfigs(file))
	if err != nil {
		return judged{err: err} // the stream may stay open; the error has what was said
	}
	return <-heard
}

func listen(stream <-chan events.EngineEvent) (j judged) {
	name := func(urn string) string { return urn[strings.LastIndex(urn, "::")+2:] }
	for e := range stream {
		switch {
		case e.PolicyEvent != nil:
			j.said = append(j.said, strings.Join([]string{e.PolicyEvent.EnforcementLevel, e.PolicyEvent.PolicyName, name(e.PolicyEvent.ResourceURN)}, " "))
		case e.PolicyRemediationEvent != nil:
			j.said = append(j.said, "mended "+e.PolicyRemediationEvent.PolicyName+" "+name(e.PolicyRemediationEvent.ResourceURN))
		case e.ResourcePreEvent != nil && e.ResourcePreEvent.Metadata.New != nil:
			if options, ok := e.ResourcePreEvent.Metadata.New.Inputs["metadataOptions"].(map[string]any); ok {
				j.tokens = fmt.Sprint(options["httpTokens"])
			}
		}
	}
	slices.Sort(j.said)
	j.said = slices.Compact(j.said)
	return j
}

// TestTheEngineKeepsToEachLevel loads the pack as `pulumi preview --policy-pack`
// does.
func TestTheEngineKeepsToEachLevel(t *testing.T) {
	nextMonth := time.Now().AddDate(0, 1, 0).Format(time.DateOnly) // the engine's day is the real one
	bare, waived := pulumi.StringMap{}, pulumi.StringMap{"policy-waiver-imds-v2": pulumi.String("a program of old reads it, until " + nextMonth)}
	for name, test := range map[string]struct {
		tags    pulumi.StringMap
		config  map[string]any
		said    []string
		tokens  string
		refused string
	}{
		"advisory":  {bare, map[string]any{"imds-v2": "advisory"}, []string{"advisory imds-v2 worker"}, "optional", ""},
		"mandatory": {bare, map[string]any{"imds-v2": "mandatory"}, nil, "", "[mandatory]  imds-v2  (aws:ec2:LaunchTemplate: worker)"},
		"disabled":  {bare, map[string]any{"imds-v2": "disabled"}, nil, "optional", ""},
		"remediate": {bare, map[string]any{"imds-v2": "mandatory", "mend-imds-v2": "remediate"}, []string{"mended mend-imds-v2 worker"}, "required", ""},
		"waived":    {waived, map[string]any{"imds-v2": "mandatory", "mend-imds-v2": "remediate", "waivers-used": "advisory"}, []string{"advisory waivers-used worker"}, "optional", ""},
		"a rule of the whole stack": {
			bare, map[string]any{"stack-budget": map[string]any{"enforcementLevel": "mandatory", "mostMonthlyUSD": 5}}, nil, "", "[mandatory]  stack-budget",
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.config["all"] = "disabled"
			got := judge(t, openMetadata(test.tags), test.config)
			if test.refused != "" {
				assert.ErrorContains(t, got.err, test.refused)
				return
			}
			require.NoError(t, got.err)
			assert.Equal(t, test.said, got.said)
			assert.Equal(t, test.tokens, got.tokens)
		})
	}
}

// TestTheEngineRefusesAWrongConfiguration: an option of a wrong type, a number out
// of its range.
func TestTheEngineRefusesAWrongConfiguration(t *testing.T) {
	for want, config := range map[string]map[string]any{
		"Invalid type. Expected: number": {"imds-v2": map[string]any{"mostHops": "many"}},
		"less than or equal to 64":       {"imds-v2": map[string]any{"mostHops": 65}},
	} {
		t.Run(want, func(t *testing.T) {
			assert.ErrorContains(t, judge(t, openMetadata(nil), config).err, want)
		})
	}
}

// TestAnOfficialPulumiTakesThePack: the project's own toolchain is built from the
// same source, but not by the same people.
func TestAnOfficialPulumiTakesThePack(t *testing.T) {
	command, err := exec.LookPath("pulumi")
	if err != nil {
		t.Skip("no official pulumi on PATH: install one from get.pulumi.com")
	}
	e := enginetest.New(t, enginetest.Stack{Name: "dev", Program: openMetadata(nil), Plugins: map[string]string{"aws": awsprovider.Version}})
	official, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: filepath.Dir(filepath.Dir(command))})
	require.NoError(t, err)
	w := e.Workspace()
	project, err := w.ProjectSettings(t.Context())
	require.NoError(t, err)
	e, err = auto.UpsertStackInlineSource(t.Context(), "official", "spotgrid", openMetadata(nil), auto.Pulumi(official), auto.PulumiHome(w.PulumiHome()),
		auto.EnvVars(w.GetEnvVars()), auto.Project(*project))
	require.NoError(t, err)
	got := judgeBy(t, e, map[string]any{"all": "disabled", "imds-v2": "mandatory"})
	assert.ErrorContains(t, got.err, "imds-v2")
}
