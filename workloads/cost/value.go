package cost

import (
	"encoding/json"
	"strconv"

	"github.com/spotgrid/spotgrid/workloads/pulumijson"
)

// state says how much is known of a value.
type state int

const (
	absent state = iota
	unknown
	known
)

// value is an input of a resource, or a part of one.
type value struct {
	v     any
	state state
}

func newValue(v any) value {
	switch v := v.(type) {
	case nil:
		return value{}
	case string:
		if pulumijson.IsUnknown(v) {
			return value{state: unknown}
		}
	case map[string]any:
		if v[pulumijson.Signature] == pulumijson.Secret {
			return plaintext(v)
		}
	}
	return value{v, known}
}

// plaintext is what a secret holds, where the preview shows it: as JSON in a
// text.
func plaintext(secret map[string]any) value {
	text, ok := secret["plaintext"].(string)
	var inner any
	if !ok || json.Unmarshal([]byte(text), &inner) != nil {
		return value{state: unknown}
	}
	return newValue(inner)
}

// at is a part of an object; of an unknown object it is unknown.
func (v value) at(path ...string) value {
	for _, key := range path {
		if v.state != known {
			return v
		}
		object, ok := v.v.(map[string]any)
		if !ok {
			return value{}
		}
		v = newValue(object[key])
	}
	return v
}

// list is the elements of a list, each of which may be unknown; none of what is
// not a list.
func (v value) list() []value {
	elements, _ := v.v.([]any)
	var all []value
	for _, e := range elements {
		all = append(all, newValue(e))
	}
	return all
}

// text is a known text, or "".
func (v value) text() string {
	s, _ := v.v.(string)
	return s
}

// number reads a number from 0 to mostOf, also one written as text. Without one it
// is the other number, and the value's own state says why; what is no such number
// counts as unknown.
func (v value) number(otherwise float64) (float64, state) {
	n, ok := v.v.(float64)
	if s, isText := v.v.(string); isText {
		var err error
		n, err = strconv.ParseFloat(s, 64)
		ok = err == nil
	}
	switch {
	case ok && n >= 0 && n <= mostOf:
		return n, known
	case v.state == known:
		return otherwise, unknown
	}
	return otherwise, v.state
}

// mostOf bounds all numbers that are read, so that no product of them overflows.
const mostOf = 1e12

// isTrue reports a known true.
func (v value) isTrue() bool {
	b, _ := v.v.(bool)
	return b || v.text() == "true"
}
