package pack

import (
	"reflect"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/policyx"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// resource is a resource of the engine as rules see it.
func resource(r policyx.AnalyzerResource) *policy.Resource {
	return &policy.Resource{
		Type: r.Type, Name: r.Name, URN: r.URN, Parent: r.Parent, Protect: r.Options.Protect,
		Props: value(property.New(r.Properties)), Depends: r.Dependencies, Refers: r.PropertyDependencies,
	}
}

// value is a value of the engine as rules see it: no accessor is called on a value
// of another type, which would panic.
func value(v property.Value) policy.Value {
	made := plain(v)
	if v.Secret() {
		return made.AsSecret()
	}
	return made
}

func plain(v property.Value) policy.Value {
	switch {
	case v.IsComputed():
		return policy.NotKnown()
	case v.IsNull():
		return policy.Value{}
	case v.IsBool():
		return policy.Of(v.AsBool())
	case v.IsNumber():
		return policy.Of(v.AsNumber())
	case v.IsString():
		return policy.Of(v.AsString())
	case v.IsArray():
		var list []policy.Value
		for _, item := range v.AsArray().All {
			list = append(list, value(item))
		}
		return policy.OfList(list)
	case v.IsMap():
		object := map[string]policy.Value{}
		for key, item := range v.AsMap().All {
			if !internal(key) {
				object[key] = value(item)
			}
		}
		return policy.OfObject(object)
	}
	return policy.Opaque()
}

// internal names are Pulumi's own, such as __defaults.
func internal(key string) bool { return strings.HasPrefix(key, "__") }

// unchanged is a mended value for the engine, in which all that is as it was is the
// engine's own value: files, secrets and what a value hangs on stay.
func unchanged(mended policy.Value, was property.Value) property.Value {
	if reflect.DeepEqual(mended, value(was)) {
		return was
	}
	if mended.Kind() != policy.Object {
		return made(mended)
	}
	object := map[string]property.Value{}
	before := map[string]property.Value{}
	if was.IsMap() {
		before = was.AsMap().AsMap()
	}
	for key, item := range before {
		if internal(key) {
			object[key] = item
		}
	}
	for _, key := range mended.Keys() {
		object[key] = unchanged(mended.Key(key), before[key])
	}
	return property.New(object).WithSecret(was.Secret())
}

// made is a value that a rule made: a text, a number, or true or false.
func made(v policy.Value) property.Value {
	switch v.Kind() {
	case policy.Bool:
		b, _ := v.AsBool()
		return property.New(b)
	case policy.Number:
		n, _ := v.AsNumber()
		return property.New(n)
	case policy.Text:
		t, _ := v.AsText()
		return property.New(t)
	}
	return property.Value{}
}
