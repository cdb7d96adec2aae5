package statefile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/policies/policy"
	"github.com/spotgrid/spotgrid/workloads/pulumijson"
)

const queue = `"urn": "urn:pulumi:dev::spotgrid::spotgrid:index:Grid$aws:sqs/queue:Queue::grid-jobs", "type": "aws:sqs/queue:Queue"`

// deployed is an exported state.
func deployed(resources ...string) string {
	return `{"version": 3, "deployment": {"resources": [` + strings.Join(resources, ",") + `]}}`
}

func read(t *testing.T, text string) *File {
	t.Helper()
	f, err := Read(strings.NewReader(text))
	require.NoError(t, err)
	require.Len(t, f.Inputs.Resources, len(f.Known.Resources))
	return f
}

func TestAnExportedStateHasInputsAndOutputs(t *testing.T) {
	t.Parallel()
	f := read(t, deployed(`{`+queue+`, "parent": "urn:grid", "protect": true, "inputs": {"delaySeconds": 1, "__defaults": ["x"]},
		"outputs": {"delaySeconds": 1, "arn": "arn:q"}, "dependencies": ["urn:key"], "propertyDependencies": {"kmsMasterKeyId": ["urn:key"]}}`,
		`{"urn": "urn:pulumi:dev::spotgrid::aws:x/y:Y::gone", "type": "aws:x/y:Y", "delete": true}`,
		`{"urn": "urn:pulumi:dev::spotgrid::aws:x/y:Y::theirs", "type": "aws:x/y:Y", "external": true}`))
	require.Len(t, f.Inputs.Resources, 1, "what waits to be deleted is no more, and what is another's is not judged")
	in, known := f.Inputs.Resources[0], f.Known.Resources[0]
	assert.Equal(t, policy.Resource{
		Type: "aws:sqs/queue:Queue", Name: "grid-jobs", URN: in.URN, Parent: "urn:grid", Protect: true, Depends: []string{"urn:key"},
		Refers: map[string][]string{"kmsMasterKeyId": {"urn:key"}}, Props: policy.Of(map[string]any{"delaySeconds": 1.0}),
	}, *in)
	assert.Equal(t, `{"arn":"arn:q","delaySeconds":1}`, known.Props.Show())
	assert.Equal(t, []string{"spotgrid", "dev"}, []string{f.Known.Project, f.Known.Name})
	assert.False(t, f.Preview)
}

func TestAPreviewHasWhatWillBeThere(t *testing.T) {
	t.Parallel()
	step := func(op, name, inputs string) string {
		return fmt.Sprintf(`{"op": %q, "newState": {"urn": "urn:pulumi:dev::spotgrid::aws:x/y:Y::%s", "type": "aws:x/y:Y", "inputs": %s}}`, op, name, inputs)
	}
	f := read(t, `{"steps": [`+strings.Join([]string{
		step("create-replacement", "replaced", `{"a": 1}`), step("replace", "replaced", `{"a": 2}`), step("delete-replaced", "replaced", `{"a": 3}`),
		step("same", "same", `{}`), step("delete", "deleted", `{}`), step("read", "theirs", `{}`), `{"op": "delete", "oldState": {}}`,
	}, ",")+`], "changeSummary": {"same": 1, "replace": 1}}`)
	assert.True(t, f.Preview)
	require.Len(t, f.Known.Resources, 2)
	assert.Equal(t, `{"a":2}`, f.Known.Resources[0].Props.Show(), "before they exist, outputs are inputs")
	assert.Equal(t, "same", f.Known.Resources[1].Name)
}

func TestMarksOfTheEngineAreTakenForWhatTheyMean(t *testing.T) {
	t.Parallel()
	secret := func(rest string) string {
		return fmt.Sprintf(`{%q: %q, %s}`, pulumijson.Signature, pulumijson.Secret, rest)
	}
	for text, want := range map[string]struct {
		kind   policy.Kind
		secret bool
		shown  string
	}{
		`"04da6b54-80e4-46f7-96ec-b56ff0331ba9"`:                                                      {policy.Unknown, false, "not known yet"},
		`"[secret]"`:                                                                                  {policy.Unknown, true, "secret"},
		secret(`"ciphertext": "v1:abc"`):                                                              {policy.Unknown, true, "secret"},
		secret(`"plaintext": "\"hush\""`):                                                             {policy.Text, true, "secret"},
		secret(`"plaintext": "{\"deep\": \"hush\"}"`):                                                 {policy.Object, true, "secret"},
		secret(`"plaintext": "no JSON"`):                                                              {policy.Unknown, true, "secret"},
		secret(`"plaintext": 7`):                                                                      {policy.Unknown, true, "secret"},
		fmt.Sprintf(`{%q: %q}`, pulumijson.Signature, pulumijson.Output):                              {policy.Unknown, false, "not known yet"},
		fmt.Sprintf(`{%q: "an archive"}`, pulumijson.Signature):                                       {policy.Other, false, "a file or a reference"},
		fmt.Sprintf(`{%q: 7, "a": [null]}`, pulumijson.Signature):                                     {policy.Object, false, `{"` + pulumijson.Signature + `":7,"a":[null]}`},
		fmt.Sprintf(`{%q: %q, "value": 3}`, pulumijson.Signature, pulumijson.Output):                  {policy.Number, false, "3"},
		fmt.Sprintf(`{%q: %q, "value": 3, "secret": true}`, pulumijson.Signature, pulumijson.Output):  {policy.Number, true, "secret"},
		fmt.Sprintf(`{%q: %q, "value": 3, "secret": "yes"}`, pulumijson.Signature, pulumijson.Output): {policy.Number, false, "3"},
		`null`: {policy.Missing, false, "missing"},
	} {
		v := read(t, deployed(`{`+queue+`, "inputs": {"p": `+text+`}}`)).Inputs.Resources[0].Props.Key("p")
		assert.Equal(t, want.kind, v.Kind(), text)
		assert.Equal(t, want.secret, v.Secret(), text)
		assert.Equal(t, want.shown, v.Show(), text)
	}
}

func TestAFileThatIsNoStackIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{`:                    "reading state or preview",
		`{"version": 3}`:       "neither an exported state",
		deployed():             "the stack has no resources",
		deployed(`{"urn": 7}`): "reading state or preview",
		deployed(`{"urn": "urn:pulumi:dev::spotgrid", "type": "x"}`):                                          "has no URN or no type",
		deployed(`{"urn": "urn:pulumi:dev::p::t::n"}`):                                                        "has no URN or no type",
		`{"steps": [], "diagnostics": [{"severity": "error", "message": "no such region\n"}]}`:                "the preview failed, so its stack is not whole: no such region",
		`{"steps": [{"op": "same", "newState": {` + queue + `}}], "changeSummary": {"same": 3, "create": 1}}`: "the preview leaves out 2 resources that do not change",
	} {
		_, err := Read(strings.NewReader(text))
		assert.ErrorContains(t, err, want, text)
	}
}

// FuzzAFileIsReadOrRefused: neither panics, and no resource is without a type.
func FuzzAFileIsReadOrRefused(f *testing.F) {
	f.Add(deployed(`{` + queue + `, "inputs": {"p": {"` + pulumijson.Signature + `": "` + pulumijson.Secret + `", "plaintext": "[1]"}}}`))
	f.Add(`{"steps": [{"op": "same", "newState": {` + queue + `}}, {"op": "create"}], "diagnostics": [{}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		stack, err := Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, r := range stack.Known.Resources {
			require.NotEmpty(t, r.Type)
			r.Props.Show()
		}
	})
}
