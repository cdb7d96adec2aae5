package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// today is the day of all runs.
var today = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// of makes a resource of properties in JSON, in which "?" is not known and "!" and
// what follows a secret, and of references "property>name".
func of(kind, name, properties string, refers ...string) *policy.Resource {
	var props any
	if err := json.Unmarshal([]byte(properties), &props); err != nil {
		panic(fmt.Sprintf("%s of %s: %v", properties, name, err))
	}
	r := &policy.Resource{Type: kind, Name: name, URN: urn(name), Parent: "urn:parent", Props: marked(props), Refers: map[string][]string{}}
	for _, ref := range refers {
		property, to, _ := strings.Cut(ref, ">")
		r.Refers[property] = append(r.Refers[property], urn(to))
	}
	return r
}

func urn(name string) string { return "urn:pulumi:dev::spotgrid::type::" + name }

func marked(v any) policy.Value {
	switch v := v.(type) {
	case string:
		if v == "?" {
			return policy.NotKnown()
		}
		if text, secret := strings.CutPrefix(v, "!"); secret {
			return policy.Of(text).AsSecret()
		}
	case []any:
		var list []policy.Value
		for i := range v {
			list = append(list, marked(v[i]))
		}
		return policy.OfList(list)
	case map[string]any:
		object := map[string]policy.Value{}
		for key := range v {
			object[key] = marked(v[key])
		}
		return policy.OfObject(object)
	}
	return policy.Of(v)
}

// options of a rule.
type options map[string]any

// example is one row of a rule's table.
type example struct {
	name    string
	options options
	stack   []*policy.Resource
	// want are parts of the violations, in order.
	want []string
	// undecided are parts of what cannot be told, in order.
	undecided []string
}

func stackOf(resources []*policy.Resource) *policy.Stack {
	return &policy.Stack{Project: "spotgrid", Name: "dev", Resources: resources}
}

// run runs the rule over a stack.
func run(t *testing.T, rule policy.Rule, o options, resources []*policy.Resource) policy.Result {
	t.Helper()
	rule.Level = policy.Mandatory
	got, err := policy.Run([]policy.Rule{rule}, stackOf(resources), stackOf(resources), policy.Settings{rule.Name: {Options: o}}, today)
	require.NoError(t, err)
	return got
}

// table runs each example of a rule as it is, and from each one makes others: with
// values that are not known, of a wrong type, secret, or of resources that the rule
// is not about.
func table(t *testing.T, rule policy.Rule, examples []example) {
	t.Parallel()
	require.NoError(t, rule.Check())
	passing, failing := 0, 0
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			got := run(t, rule, e.options, e.stack)
			same(t, "violation", e.want, texted(got.Violations, func(v policy.Violation) string { return v.Message }))
			same(t, "undecided", e.undecided, texted(got.Undecided, func(f policy.Finding) string { return f.Message }))
			derive(t, rule, e)
		})
		if len(e.want) == 0 {
			passing++
		} else {
			failing++
		}
	}
	assert.Positive(t, passing, "an example that passes")
	assert.Positive(t, failing, "an example that is refused")
}

func texted[T any](all []T, text func(T) string) (texts []string) {
	for _, one := range all {
		texts = append(texts, text(one))
	}
	return texts
}

func same(t *testing.T, what string, want, got []string) {
	t.Helper()
	if !assert.Len(t, got, len(want), "%s: %q", what, got) {
		return
	}
	for i := range want {
		assert.Contains(t, got[i], want[i], what)
	}
}

// derive makes others of an example.
func derive(t *testing.T, rule policy.Rule, e example) {
	t.Helper()
	for i, r := range e.stack {
		for _, path := range paths(r.Props, "") {
			if slices.Contains(policy.Identities, path) {
				continue // who names the resource by it knows it
			}
			unknown := with(e.stack, i, path, policy.NotKnown())
			unknown[i].Refers = nil
			if got := run(t, rule, e.options, unknown); len(e.want) == 0 {
				assert.Empty(t, got.Violations, "%s of %s is not known", path, r.Name)
			}
			secret := with(e.stack, i, path, policy.Of("hush"+text(r.Props.At(path))).AsSecret())
			for _, v := range run(t, rule, e.options, secret).Violations {
				assert.NotContains(t, v.Message, "hush", "%s of %s is secret", path, r.Name)
			}
			for _, wrong := range []any{true, 7.0, "text", []any{}, []any{1.0}, map[string]any{}, map[string]any{"a": 1.0}, nil, struct{}{}} {
				run(t, rule, e.options, with(e.stack, i, path, policy.Of(wrong)))
			}
		}
	}
	others := clone(e.stack)
	for _, r := range others {
		r.Type = "random:index/randomPet:RandomPet"
	}
	assert.Empty(t, run(t, rule, e.options, others).Violations, "resources of other types")
	run(t, rule, e.options, nil)
}

// paths lists all of a value's own and its parts.
func paths(v policy.Value, at string) (all []string) {
	below := func(key string) string {
		if at == "" {
			return key
		}
		return at + "." + key
	}
	for _, key := range v.Keys() {
		all = append(append(all, below(key)), paths(v.Key(key), below(key))...)
	}
	for i, item := range v.Items() {
		all = append(append(all, below(strconv.Itoa(i))), paths(item, below(strconv.Itoa(i)))...)
	}
	return all
}

func clone(stack []*policy.Resource) []*policy.Resource {
	other := slices.Clone(stack)
	for i, r := range other {
		c := *r
		c.Refers = maps.Clone(r.Refers)
		other[i] = &c
	}
	return other
}

// with is a stack in which one part of a resource's properties is another.
func with(stack []*policy.Resource, i int, path string, part policy.Value) []*policy.Resource {
	other := clone(stack)
	other[i].Props = replaced(other[i].Props, strings.Split(path, "."), part)
	return other
}

func replaced(v policy.Value, path []string, part policy.Value) policy.Value {
	if len(path) == 0 {
		return part
	}
	inner := replaced(v.Key(path[0]), path[1:], part)
	if v.Kind() == policy.List {
		items := v.Items()
		i, _ := strconv.Atoi(path[0])
		items[i] = inner
		return policy.OfList(items)
	}
	return v.With(path[0], inner)
}

// some is a stack of one resource.
func some(kind, properties string) []*policy.Resource {
	return []*policy.Resource{of(kind, "it", properties)}
}
