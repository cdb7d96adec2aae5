package settings

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
)

// wanted says what type a field should have had, in words of the
// configuration, not of Go.
func wanted(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return want(wrong.Type)
	}
	return "another value: " + err.Error()
}

// want names a type as the configuration's author thinks of it.
func want(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	}
	return "an object"
}

// fieldNames lists the JSON names of a struct's fields; nil if v is no struct
// but a map, in which any name goes.
func fieldNames(v any) []string {
	t := reflect.TypeOf(v).Elem()
	var names []string
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			names = append(names, t.Field(i).Tag.Get("json"))
		}
	}
	return names
}

// brief shortens a value that is shown in an error.
func brief(raw []byte) string {
	const most = 60
	if len(raw) > most {
		return string(raw[:most]) + "…"
	}
	return string(raw)
}

func sortedKeys(m map[string]json.RawMessage) []string { return slices.Sorted(maps.Keys(m)) }
