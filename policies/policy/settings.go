package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Setting is what a configuration says of a rule.
type Setting struct {
	// Level in place of the rule's own; "": the rule's own.
	Level   Level
	Options map[string]any
}

// Settings are by rule.
type Settings map[string]Setting

// allRules is Pulumi's name for the level of every rule that names no own.
const allRules = "all"

// levelKey is Pulumi's key of a rule's level.
const levelKey = "enforcementLevel"

// ParseSettings reads a configuration as `pulumi preview --policy-pack-config`
// takes it: a level or an object of options for each rule. The error lists every
// fault.
func ParseSettings(b []byte, rules []Rule) (Settings, error) {
	var file map[string]any
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("reading policy configuration: %w", err)
	}
	p := parser{rules: map[string]Rule{}, settings: Settings{}}
	for _, r := range rules {
		p.rules[r.Name] = r
	}
	if v, ok := file[allRules]; ok {
		level, _ := p.level(allRules, v)
		for name := range p.rules {
			p.settings[name] = Setting{Level: level}
		}
		delete(file, allRules)
	}
	for _, name := range slices.Sorted(maps.Keys(file)) {
		p.rule(name, file[name])
	}
	if err := errors.Join(p.faults...); err != nil {
		return nil, fmt.Errorf("policy configuration has %d faults:\n%w", len(p.faults), err)
	}
	return p.settings, nil
}

type parser struct {
	rules    map[string]Rule
	settings Settings
	faults   []error
}

func (p *parser) addf(format string, args ...any) {
	p.faults = append(p.faults, fmt.Errorf(format, args...))
}

func (p *parser) level(path string, v any) (Level, bool) {
	text, _ := v.(string)
	if !slices.Contains(Levels, Level(text)) {
		p.addf("%s is %v, want one of %v", path, v, Levels)
		return "", false
	}
	return Level(text), true
}

func (p *parser) rule(name string, v any) {
	r, ok := p.rules[name]
	if !ok {
		p.addf("rule %q is not known, want one of %s", name, strings.Join(slices.Sorted(maps.Keys(p.rules)), ", "))
		return
	}
	s := p.settings[name]
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key == levelKey {
				s.Level, _ = p.level(name+"."+key, v[key])
				continue
			}
			p.option(r, key, v[key])
		}
		s.Options = maps.Clone(v)
		delete(s.Options, levelKey)
	default:
		s.Level, _ = p.level(name, v)
	}
	p.settings[name] = s
}

func (p *parser) option(r Rule, key string, v any) {
	i := slices.IndexFunc(r.Options, func(o Option) bool { return o.Name == key })
	if i < 0 {
		p.addf("%s.%s is not known, want one of %s", r.Name, key, strings.Join(optionNames(r), ", "))
		return
	}
	o := r.Options[i]
	if !sameType(v, o.Default) {
		p.addf("%s.%s is %v, want %s", r.Name, key, v, typeName(o.Default))
		return
	}
	if list, ok := v.([]any); ok && r.Name != validWaivers {
		for i, item := range list {
			if _, ok := item.(string); !ok {
				p.addf("%s.%s[%d] is %v, want a text", r.Name, key, i, item)
			}
		}
	}
	if n, ok := v.(float64); ok && o.Min < o.Max && (n < o.Min || n > o.Max) {
		p.addf("%s.%s is %v, want %v..%v", r.Name, key, n, o.Min, o.Max)
	}
}

func optionNames(r Rule) []string {
	names := []string{levelKey}
	for _, o := range r.Options {
		names = append(names, o.Name)
	}
	return names
}

// SchemaType is the name of an option's type in a JSON schema.
func (o Option) SchemaType() string {
	switch o.Default.(type) {
	case float64:
		return "number"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

func typeName(v any) string {
	return map[string]string{
		"number": "a number", "boolean": "true or false", "string": "a text", "array": "a list", "object": "an object",
	}[Option{Default: v}.SchemaType()]
}
