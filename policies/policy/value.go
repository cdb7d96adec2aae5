package policy

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Kind is what a Value is.
type Kind int

// Kinds of values. Wrong is what a path finds that leads into something that has
// no such parts; Other is what no rule reads: files, archives, references.
const (
	Missing Kind = iota
	Unknown
	Bool
	Number
	Text
	List
	Object
	Wrong
	Other
)

var kindNames = map[Kind]string{
	Missing: "missing", Unknown: "not known yet", Bool: "a yes or no", Number: "a number", Text: "a text", List: "a list",
	Object: "an object", Wrong: "of a wrong type", Other: "a file or a reference",
}

// String is the kind in words.
func (k Kind) String() string { return kindNames[k] }

// Value is a property's value, which may be unknown (a preview) or secret. No
// method panics, whatever the value is.
type Value struct {
	kind   Kind
	secret bool
	flag   bool
	number float64
	text   string
	list   []Value
	object map[string]Value
}

// Of makes a value of what a JSON decoder gives; null is missing. What is neither
// JSON's nor a Value is Other.
func Of(v any) Value {
	switch v := v.(type) {
	case nil:
		return Value{}
	case Value:
		return v
	case bool:
		return Value{kind: Bool, flag: v}
	case float64:
		return Value{kind: Number, number: v}
	case int:
		return Value{kind: Number, number: float64(v)}
	case string:
		return Value{kind: Text, text: v}
	case []any:
		l := make([]Value, len(v))
		for i := range v {
			l[i] = Of(v[i])
		}
		return Value{kind: List, list: l}
	case map[string]any:
		o := make(map[string]Value, len(v))
		for k := range v {
			o[k] = Of(v[k])
		}
		return Value{kind: Object, object: o}
	}
	return Value{kind: Other}
}

// OfList and OfObject make values of values.
func OfList(l []Value) Value { return Value{kind: List, list: l} }

// OfObject makes an object of values.
func OfObject(o map[string]Value) Value { return Value{kind: Object, object: o} }

// NotKnown is a value that is not known yet.
func NotKnown() Value { return Value{kind: Unknown} }

// Opaque is a value that no rule reads.
func Opaque() Value { return Value{kind: Other} }

// AsSecret marks the value, and so all that is read from it, as secret.
func (v Value) AsSecret() Value {
	v.secret = true
	return v
}

// Kind of the value.
func (v Value) Kind() Kind { return v.kind }

// Secret says whether the value must not be shown.
func (v Value) Secret() bool { return v.secret }

// Key is a part of an object: of what is unknown unknown, of what is no object
// wrong.
func (v Value) Key(name string) Value {
	var part Value
	switch v.kind {
	case Object:
		part = v.object[name]
	case List:
		i, err := strconv.Atoi(name)
		switch {
		case err != nil:
			part = Value{kind: Wrong}
		case i >= 0 && i < len(v.list):
			part = v.list[i]
		}
	case Missing, Unknown:
		part = Value{kind: v.kind}
	default:
		part = Value{kind: Wrong}
	}
	part.secret = part.secret || v.secret
	return part
}

// At is a part by a path of keys and indexes joined by dots; "" is the value.
func (v Value) At(path string) Value {
	if path == "" {
		return v
	}
	for key := range strings.SplitSeq(path, ".") {
		v = v.Key(key)
	}
	return v
}

// Keys of an object, in order.
func (v Value) Keys() []string { return slices.Sorted(maps.Keys(v.object)) }

// Items of a list.
func (v Value) Items() []Value {
	items := slices.Clone(v.list)
	for i := range items {
		items[i].secret = items[i].secret || v.secret
	}
	return items
}

// AsBool reads a yes or no; providers also write it as a text.
func (v Value) AsBool() (bool, bool) {
	if v.kind == Text {
		b, err := strconv.ParseBool(v.text)
		return b, err == nil
	}
	return v.flag, v.kind == Bool
}

// AsNumber reads a number; providers also write it as a text.
func (v Value) AsNumber() (float64, bool) {
	if v.kind == Text {
		n, err := strconv.ParseFloat(v.text, 64)
		return n, err == nil
	}
	return v.number, v.kind == Number
}

// AsText reads a text.
func (v Value) AsText() (string, bool) { return v.text, v.kind == Text }

// Empty says that there is nothing: missing, or an empty text, list or object. It
// does not hold for what is unknown.
func (v Value) Empty() bool {
	switch v.kind {
	case Missing:
		return true
	case Text:
		return v.text == ""
	case List:
		return len(v.list) == 0
	case Object:
		return len(v.object) == 0
	}
	return false
}

// Each calls f with every text in the value and its path, secret or not.
func (v Value) Each(path string, f func(path string, text Value)) {
	switch v.kind {
	case Text:
		f(path, v)
	case List:
		for i, item := range v.Items() {
			item.Each(join(path, strconv.Itoa(i)), f)
		}
	case Object:
		for _, key := range v.Keys() {
			v.Key(key).Each(join(path, key), f)
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// longest is how many bytes of a value a message shows.
const longest = 80

// Show is the value for a message: never of a secret, and not all of a long one.
func (v Value) Show() string {
	if v.hasSecret() {
		return "secret"
	}
	switch v.kind {
	case Bool, Number, Text, List, Object:
		b, err := json.Marshal(v.plain())
		if err != nil {
			return v.kind.String()
		}
		if len(b) > longest {
			return strings.ToValidUTF8(string(b[:longest]), "") + "…"
		}
		return string(b)
	}
	return v.kind.String()
}

func (v Value) hasSecret() bool {
	return v.secret || slices.ContainsFunc(v.list, Value.hasSecret) ||
		slices.ContainsFunc(slices.Collect(maps.Values(v.object)), Value.hasSecret)
}

// HasUnknown says whether the value or a part of it is not known yet.
func (v Value) HasUnknown() bool {
	return v.kind == Unknown || slices.ContainsFunc(v.list, Value.HasUnknown) ||
		slices.ContainsFunc(slices.Collect(maps.Values(v.object)), Value.HasUnknown)
}

func (v Value) plain() any {
	switch v.kind {
	case Bool:
		return v.flag
	case Number:
		return v.number
	case Text:
		return v.text
	case List:
		l := make([]any, len(v.list))
		for i := range v.list {
			l[i] = v.list[i].plain()
		}
		return l
	case Object:
		o := make(map[string]any, len(v.object))
		for k := range v.object {
			o[k] = v.object[k].plain()
		}
		return o
	case Missing:
		return nil
	}
	return "(" + v.kind.String() + ")"
}

// With is a copy of an object with a part by its path set; objects on the way are
// made where there is nothing. What is no object, or a list, is left as it is.
func (v Value) With(path string, part Value) Value {
	key, rest, deep := strings.Cut(path, ".")
	if v.kind != Object && v.kind != Missing {
		return v
	}
	object := maps.Clone(v.object)
	if object == nil {
		object = map[string]Value{}
	}
	if deep {
		part = object[key].With(rest, part)
	}
	object[key] = part
	return Value{kind: Object, secret: v.secret, object: object}
}
