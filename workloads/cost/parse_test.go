package cost

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/pulumijson"
)

const addressURN = "urn:pulumi:dev::spotgrid::aws:ec2/eip:Eip::"

// address is the JSON of a public address in a region.
func address(name, region string) string {
	return `{"urn":"` + addressURN + name + `","type":"aws:ec2/eip:Eip","inputs":{"region":"` + region + `"}}`
}

// with sets a flag of a state.
func with(flag, state string) string {
	return strings.Replace(state, `{"urn"`, `{"`+flag+`":true,"urn"`, 1)
}

func step(op, name, before, after string) string {
	text := `{"op":"` + op + `","urn":"` + addressURN + name + `"`
	if before != "" {
		text += `,"oldState":` + before
	}
	if after != "" {
		text += `,"newState":` + after
	}
	return text + "}"
}

func names(d Deployment) []string {
	var all []string
	for _, r := range d.Resources {
		all = append(all, r.Name())
	}
	return all
}

func parsed(t *testing.T, text string) Plan {
	t.Helper()
	p, err := Parse(strings.NewReader(text))
	require.NoError(t, err)
	return p
}

func TestAPreviewSaysWhatThereIsBeforeAndAfter(t *testing.T) {
	t.Parallel()
	east, west := "us-east-1", "us-west-2"
	p := parsed(t, `{"config":{"aws:region":"us-east-1"},"changeSummary":{"create":1,"delete":1,"replace":1,"same":3,"update":1},"steps":[`+strings.Join([]string{
		step("create", "new", "", address("new", east)),
		step("update", "changed", address("changed", west), address("changed", east)),
		step("replace", "replaced", with("delete", address("replaced", west)), address("replaced", east)),
		step("delete-replaced", "left", with("delete", address("left", west)), ""),
		step("read", "another's", with("external", address("another's", west)), with("external", address("another's", west))),
		step("same", "same", address("same", east), ""),
		step("delete", "gone", address("gone", east), ""),
	}, ",")+"]}")
	assert.Equal(t, []string{"changed", "new", "replaced", "same"}, names(p.After))
	assert.Equal(t, []string{"changed", "gone", "replaced", "same"}, names(p.Before))
	assert.Equal(t, "dev", p.After.Stack)
	assert.Equal(t, 2, p.Missing, "of three that do not change one is there")
	replaced, _ := p.After.find(addressURN + "replaced")
	assert.Equal(t, east, p.After.region(replaced))
}

// TestAReplacementInThreeStepsIsOne as --show-replacement-steps prints it.
func TestAReplacementInThreeStepsIsOne(t *testing.T) {
	t.Parallel()
	old, new := with("delete", address("replaced", "us-west-2")), address("replaced", "us-east-1")
	p := parsed(t, `{"changeSummary":{"replace":1},"steps":[`+strings.Join([]string{
		step("create-replacement", "replaced", old, new), step("replace", "replaced", old, new), step("delete-replaced", "replaced", old, ""),
	}, ",")+"]}")
	assert.Equal(t, []string{"replaced"}, names(p.After))
	assert.Equal(t, []string{"replaced"}, names(p.Before))
}

func TestTheStateSaysWhatAPreviewLeavesOut(t *testing.T) {
	t.Parallel()
	preview := parsed(t, `{"changeSummary":{"delete":1,"same":1,"create":1},"steps":[`+
		step("create", "new", "", address("new", "us-east-1"))+","+step("delete", "gone", address("gone", "us-east-1"), "")+"]}")
	_, err := preview.Complete(nil)
	assert.ErrorContains(t, err, "leaves out 1 resources that do not change")
	state := parsed(t, `{"deployment":{"resources":[`+address("gone", "us-east-1")+","+address("same", "us-east-1")+","+
		strings.Join([]string{
			with("delete", address("old", "us-east-1")), with("external", address("another's", "us-east-1")),
			with("pendingReplacement", address("half", "us-east-1")),
		}, ",")+"]}}")
	assert.Equal(t, []string{"gone", "same"}, names(state.After), "what waits to be deleted, belongs to others or is deleted already does not count")
	whole, err := preview.Complete(&state.After)
	require.NoError(t, err)
	assert.Equal(t, []string{"new", "same"}, names(whole.After))
	assert.Equal(t, []string{"gone", "same"}, names(whole.Before))
}

func TestWhatIsNoPreviewIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                "decoding the preview: unexpected end of JSON input; want what `pulumi preview --json`",
		"{}":              "there are neither steps nor a deployment",
		"[1]":             "decoding the preview",
		`{"steps":"all"}`: "decoding the preview",
		`{"steps":[{"op":"create"}],"diagnostics":[{"severity":"warning","message":"old"},{"severity":"error","message":"no such zone\n"},{"severity":"error","message":"no key"}]}`: "the preview failed: no such zone; no key",
	} {
		_, err := Parse(strings.NewReader(text))
		assert.ErrorContains(t, err, want, text)
	}
}

// TestAStackThatDoesNotChangeHasNoSteps: Pulumi then prints a summary alone.
func TestAStackThatDoesNotChangeHasNoSteps(t *testing.T) {
	t.Parallel()
	p := parsed(t, `{"changeSummary":{"same":0},"steps":[]}`)
	assert.Empty(t, p.After.Resources)
	assert.Zero(t, p.Missing)
}

func TestValuesThatAreSecretOrUnknown(t *testing.T) {
	t.Parallel()
	secret := func(plain string) any {
		m := map[string]any{pulumijson.Signature: pulumijson.Secret, "ciphertext": "AAAA"}
		if plain != "" {
			m["plaintext"] = plain
		}
		return m
	}
	for _, c := range []struct {
		v     any
		want  float64
		state state
	}{
		{12.0, 12, known}, {"12", 12, known}, {nil, 7, absent}, {someText, 7, unknown}, {secret("12"), 12, known}, {secret(""), 7, unknown},
		{secret("{"), 7, unknown}, {true, 7, unknown}, {"NaN", 7, unknown}, {-1.0, 7, unknown}, {1e300, 7, unknown}, {"+Inf", 7, unknown},
	} {
		n, state := newValue(c.v).number(7)
		assert.Equal(t, c.want, n, "%v", c.v)
		assert.Equal(t, c.state, state, "%v", c.v)
	}
	object := newValue(map[string]any{"a": map[string]any{"b": someText}})
	assert.Equal(t, unknown, object.at("a", "b", "c").state, "a part of what is unknown")
	assert.Equal(t, absent, object.at("x", "y").state)
	assert.Equal(t, absent, newValue(3.0).at("x").state)
}

func TestRegionsAreFoundInInputsProvidersAndConfig(t *testing.T) {
	t.Parallel()
	provider := Resource{URN: "urn:pulumi:s::p::pulumi:providers:gcp::other", Type: "pulumi:providers:gcp", inputs: map[string]any{"region": "europe-west1"}}
	d := newDeployment("s", map[string]string{"gcp:region": "us-east1"}, []Resource{provider})
	for want, r := range map[string]Resource{
		"us-central1":  {Type: "gcp:a/b:C", inputs: map[string]any{"zone": "us-central1-f"}},
		"us-east4":     {Type: "gcp:a/b:C", inputs: map[string]any{"location": "US-EAST4"}},
		"europe-west1": {Type: "gcp:a/b:C", Provider: provider.URN + "::04da6b54", inputs: map[string]any{"location": someText}},
		"us-east1":     {Type: "gcp:a/b:C"},
		"":             {Type: "aws:a/b:C"},
	} {
		assert.Equal(t, want, d.region(r))
	}
}

func TestParentsInACircleEnd(t *testing.T) {
	t.Parallel()
	a, b := Resource{URN: "a", Parent: "b", Type: "aws:x/y:Z"}, Resource{URN: "b", Parent: "a", Type: "aws:x/y:Z"}
	assert.Equal(t, restName, newDeployment("s", nil, []Resource{a, b}).componentName(a))
}

func TestLoadsAreReadStrictly(t *testing.T) {
	t.Parallel()
	l, err := ReadLoad(strings.NewReader("jobs_per_day: 5\nfleets:\n  grid-spot: {jobs_per_day: 2, seconds_per_job: 9}\n"), DefaultLoad())
	require.NoError(t, err)
	assert.Equal(t, 5.0, l.JobsPerDay)
	assert.Equal(t, 60.0, l.SecondsPerJob, "the default's")
	assert.Equal(t, FleetLoad{2, 9}, l.Fleets["grid-spot"])
	_, err = ReadLoad(strings.NewReader(`{"jobs_per_day": 7}`), DefaultLoad())
	require.NoError(t, err, "JSON")
	l, err = ReadLoad(strings.NewReader(""), DefaultLoad())
	require.NoError(t, err)
	assert.Equal(t, DefaultLoad(), l)

	_, err = ReadLoad(strings.NewReader("jobs_per_hour: 5\n"), DefaultLoad())
	assert.ErrorContains(t, err, "field jobs_per_hour not found")
	_, err = ReadLoad(strings.NewReader("jobs_per_day: -1\nstored_gib: .inf\ncalls_per_day: .nan\nseconds_per_job: 0\nfleets: {a: {jobs_per_day: 1}}\n"), DefaultLoad())
	for _, want := range []string{
		"jobs_per_day is -1, want 0..1e+12", "stored_gib is +Inf", "calls_per_day is NaN", "seconds_per_job is 0, want 0.001..1e+12",
		"fleets.a.seconds_per_job is 0",
	} {
		assert.ErrorContains(t, err, want)
	}
	_, err = ReadLoad(bytes.NewReader(bytes.Repeat([]byte("a"), 1000)), DefaultLoad())
	assert.ErrorContains(t, err, "decoding the load")
}
