package plan

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// drifted is cut from what Pulumi 3.259 printed for a grid whose fleet had been
// changed and one of whose volumes was gone.
const drifted = `{"config":{"spotgrid:target":"local"},"steps":[
{"op":"refresh","urn":"urn:pulumi:local::spotgrid::pulumi:pulumi:Stack::spotgrid-local","detailedDiff":null},
{"op":"update","urn":"urn:pulumi:local::spotgrid::spotgrid:grid:Grid$spotgrid:fleet:Fleet$spotgrid:local:Fleet::grid-spot-workers",
 "oldState":{"outputs":{"maxWorkers":7}},"diffReasons":["maxWorkers"],"detailedDiff":{"maxWorkers":{"kind":"update","inputDiff":false}}},
{"op":"delete","urn":"urn:pulumi:local::spotgrid::spotgrid:grid:Grid$spotgrid:local:Volume::odd::name","detailedDiff":null}],
"duration":1,"changeSummary":{"delete":1,"same":12,"update":1}}`

func TestAPlanNamesWhatChangesAndNoValue(t *testing.T) {
	t.Parallel()
	p, err := Parse("local", []byte(drifted))
	require.NoError(t, err)
	assert.Equal(t, Plan{
		Stack: "local", Counts: map[string]int{"delete": 1, "same": 12, "update": 1},
		Changes: []Change{
			{Op: "update", Type: "spotgrid:local:Fleet", Name: "grid-spot-workers", Properties: []string{"maxWorkers"}},
			{Op: "delete", Type: "spotgrid:local:Volume", Name: "odd::name"},
		},
	}, p)
}

func TestAReplacementIsOneChange(t *testing.T) {
	t.Parallel()
	const urn = `"urn":"urn:pulumi:s::p::t::n"`
	p, err := Parse("s", []byte(`{"steps":[{"op":"create-replacement",`+urn+`},{"op":"replace",`+urn+`,"replaceReasons":["b","a"],"diffReasons":["a"]},
{"op":"delete-replaced",`+urn+`}],"changeSummary":{"replace":1}}`))
	require.NoError(t, err)
	assert.Equal(t, []Change{{Op: "replace", Type: "t", Name: "n", Properties: []string{"a", "b"}}}, p.Changes)
	assert.Equal(t, 1, p.Count("replace"))
}

func TestWhatIsNoPlanIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "error: no login", "{}", `{"steps":3}`, `[]`} {
		_, err := Parse("s", []byte(text))
		assert.ErrorIs(t, err, ErrNoPlan, text)
	}
}

func TestErrorsOfAFailedPlanAreFound(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "no plugin\nno zone\n", Errors([]byte(`{"diagnostics":[{"message":"no plugin\n","severity":"error"},
{"message":"be careful","severity":"warning"},{"message":"no zone","severity":"error"}]}`)))
	assert.Empty(t, Errors([]byte("error: no JSON")))
}
