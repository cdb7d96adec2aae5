package policy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// today is the day of all runs.
var today = time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC)

const sizedType = "aws:x/sized:Sized"

// sized is a rule of single resources, mendSized what mends it, and sum one of the
// whole stack.
var (
	sized = Rule{
		Name: "no-large-size", Area: Cost, Level: Mandatory, Severity: High, Types: []string{sizedType}, Doc: "A size is small, since it is paid for.",
		Options: []Option{{Name: "most", Default: 10.0, Min: 1, Max: 100, Doc: "GiB"}},
		Each: func(c *Check) {
			if n, ok := c.Number("sizeGiB", 0); ok && n > c.Option("most") {
				c.Violation("sizeGiB", "less", "lower it")
			}
		},
	}
	mendSized = Rule{
		Name: "mend-large-size", Area: Cost, Level: Remediate, Severity: High, Checks: sized.Name, Types: sized.Types, Doc: "Lowers a size that is too large.",
		Mend: func(c *Check) (Value, bool) {
			n, ok := c.Number("sizeGiB", 0)
			return c.Resource.Props.With("sizeGiB", Of(10)), ok && n > 10
		},
	}
	sum = Rule{
		Name: "few-resources", Area: Cost, Level: Advisory, Severity: Low, Doc: "A stack is small, since it is looked at.",
		Options: []Option{{Name: "most", Default: 1.0, Min: 0, Max: 9, Doc: "resources"}},
		Whole: func(c *Check) {
			if n := len(c.Of(sizedType)); float64(n) > c.Option("most") {
				c.Say("%d resources", n)
			}
		},
	}
)

func withWaivers(rules ...Rule) []Rule {
	first, last := WaiverRules()
	return append(append([]Rule{first}, rules...), last)
}

func resourceOf(name string, props map[string]any) *Resource {
	return &Resource{Type: sizedType, Name: name, URN: "urn:pulumi:dev::p::t::" + name, Props: Of(props)}
}

func runOn(t *testing.T, rules []Rule, settings Settings, resources ...*Resource) Result {
	t.Helper()
	stack := &Stack{Project: "p", Name: "dev", Resources: resources}
	for _, r := range rules {
		require.NoError(t, r.Check())
	}
	res, err := Run(rules, stack, stack, settings, today)
	require.NoError(t, err)
	return res
}

func TestARunSaysWhatIsViolatedAndWhatIsNotDecided(t *testing.T) {
	t.Parallel()
	res := runOn(t, withWaivers(sized, mendSized, sum), nil,
		resourceOf("large", map[string]any{"sizeGiB": 11}), resourceOf("small", map[string]any{"sizeGiB": 10}),
		resourceOf("later", map[string]any{"sizeGiB": NotKnown()}), resourceOf("odd", map[string]any{"sizeGiB": []any{1}}))
	require.Len(t, res.Violations, 2)
	assert.Equal(t, "sizeGiB is 11, want less: lower it", res.Violations[0].Message)
	assert.Equal(t, Mandatory, res.Violations[0].Level)
	assert.Equal(t, "4 resources", res.Violations[1].Message, "what is advised comes after")
	assert.Equal(t, []string{"sizeGiB is not known yet", "sizeGiB is a list, want a number"}, []string{res.Undecided[0].Message, res.Undecided[1].Message})
	assert.Equal(t, 3, res.Rules, "what mends and what lists waivers is not run")
	assert.True(t, res.Mandatory())
}

func TestSettingsChangeLevelsAndOptions(t *testing.T) {
	t.Parallel()
	large := resourceOf("large", map[string]any{"sizeGiB": 11})
	res := runOn(t, []Rule{sized}, Settings{sized.Name: {Options: map[string]any{"most": 11.0}}}, large)
	assert.Empty(t, res.Violations)
	res = runOn(t, []Rule{sized}, Settings{sized.Name: {Level: Advisory}}, large)
	assert.False(t, res.Mandatory())
	assert.Len(t, res.Violations, 1)
	res = runOn(t, []Rule{sized}, Settings{sized.Name: {Level: Disabled}}, large)
	assert.Empty(t, res.Violations)
	assert.Equal(t, 1, res.Disabled)
	res = runOn(t, []Rule{sized}, Settings{sized.Name: {Options: map[string]any{"most": "many"}}}, large)
	assert.Len(t, res.Violations, 1, "an option of a wrong type is the default")
}

func TestARuleThatPanicsIsAnErrorWithItsName(t *testing.T) {
	t.Parallel()
	broken := sum
	broken.Whole = func(*Check) { panic("a nil map") }
	_, err := Run([]Rule{broken}, &Stack{}, &Stack{}, nil, today)
	assert.EqualError(t, err, `running rule "few-resources": a nil map`)
}

func TestARuleThatIsWrongSaysEachFault(t *testing.T) {
	t.Parallel()
	err := Rule{Name: "One", Level: "hard", Options: []Option{{Name: "most"}}, Each: sized.Each, Whole: sum.Whole}.Check()
	for _, want := range []string{"no words joined by dashes", "no doc", `level is "hard"`, "severity", "area", "2 ways to check", `option "most"`} {
		assert.ErrorContains(t, err, want)
	}
}
