package settings

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// defaulter is a part that starts from defaults wherever it stands: in a map,
// in a list, behind a pointer.
type defaulter interface{ setDefaults() }

// read reads one key into what v points to, on top of what it holds.
func (l *loader) read(key string, v any) {
	if raw, ok := l.src.GetConfig(project + ":" + key); ok {
		l.decode(key, []byte(raw), reflect.ValueOf(v).Elem())
	}
}

// decode reads part by part, so that one bad part hides no other: each of a
// wrong type or an unknown name is a fault of its own. null leaves a default.
func (l *loader) decode(path string, raw []byte, v reflect.Value) {
	if string(raw) == "null" {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		l.decodeStruct(path, raw, v)
	case reflect.Map:
		l.decodeMap(path, raw, v)
	case reflect.Slice:
		l.decodeSlice(path, raw, v)
	case reflect.Pointer:
		v.Set(fresh(v.Type().Elem()))
		l.decode(path, raw, v.Elem())
	default:
		if err := json.Unmarshal(raw, v.Addr().Interface()); err != nil {
			l.addf("%s is %s, want %s", path, brief(raw), want(v.Type()))
		}
	}
}

// fresh points to a new value with its defaults.
func fresh(t reflect.Type) reflect.Value {
	p := reflect.New(t)
	if d, ok := p.Interface().(defaulter); ok {
		d.setDefaults()
	}
	return p
}

// parts splits an object; false: it is none, which is a fault.
func (l *loader) parts(path string, raw []byte, t reflect.Type) (map[string]json.RawMessage, bool) {
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		l.addf("%s is %s, want %s", path, brief(raw), want(t))
		return nil, false
	}
	return parts, true
}

func (l *loader) decodeStruct(path string, raw []byte, v reflect.Value) {
	parts, ok := l.parts(path, raw, v.Type())
	if !ok {
		return
	}
	allowed := fieldNames(v.Type())
	for _, name := range sortedKeys(parts) {
		i := slices.Index(allowed, name)
		if i < 0 {
			l.addf("%s.%s is not known, want one of %s", path, name, strings.Join(allowed, ", "))
			continue
		}
		l.decode(path+"."+name, parts[name], v.Field(i))
	}
}

func (l *loader) decodeMap(path string, raw []byte, v reflect.Value) {
	parts, ok := l.parts(path, raw, v.Type())
	if !ok {
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for _, name := range sortedKeys(parts) {
		entry := fresh(v.Type().Elem())
		l.decode(path+"."+name, parts[name], entry.Elem())
		v.SetMapIndex(reflect.ValueOf(name), entry.Elem())
	}
}

func (l *loader) decodeSlice(path string, raw []byte, v reflect.Value) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		l.addf("%s is %s, want %s", path, brief(raw), want(v.Type()))
		return
	}
	list := reflect.MakeSlice(v.Type(), 0, len(items))
	for i, item := range items {
		entry := fresh(v.Type().Elem())
		l.decode(place(path, i), item, entry.Elem())
		list = reflect.Append(list, entry.Elem())
	}
	v.Set(list)
}
