package policy

import (
	"fmt"
	"time"
)

// Finding is something that a rule says of a resource.
type Finding struct {
	Rule    string `json:"rule"`
	URN     string `json:"urn,omitempty"`
	Message string `json:"message"`
}

// findings is what a run of a rule gathers.
type findings struct {
	violations []Finding
	undecided  []Finding
}

// Check is one call of a rule: it reads properties and takes down what is wrong
// and what cannot be decided.
type Check struct {
	// Stack is all resources, for rules of the whole stack; else it has only names.
	Stack *Stack
	// Resource is the one at hand; nil while a rule of the whole stack has chosen
	// none by On.
	Resource *Resource
	// Today is the day of the run.
	Today time.Time

	rule    Rule
	options map[string]any
	found   *findings
	session *Session
}

// On is the check with another resource at hand.
func (c *Check) On(r *Resource) *Check {
	other := *c
	other.Resource = r
	return &other
}

// Of lists checks of the stack's resources of the types.
func (c *Check) Of(types ...string) []*Check {
	var all []*Check
	for _, r := range c.Stack.Of(types...) {
		all = append(all, c.On(r))
	}
	return all
}

// Value of a property by its path.
func (c *Check) Value(path string) Value { return c.Resource.Props.At(path) }

// Violation says that the property is not as it has to be: its value, what is
// wanted, how to get there.
func (c *Check) Violation(path, want, fix string) {
	c.Say("%s is %s, want %s: %s", path, c.Value(path).Show(), want, fix)
}

// Hidden is a Violation of a property whose value may hold a secret.
func (c *Check) Hidden(path, is, want, fix string) { c.Say("%s %s, want %s: %s", path, is, want, fix) }

// Say reports a violation in own words; it has no value that may be secret.
func (c *Check) Say(format string, args ...any) {
	c.found.violations = append(c.found.violations, c.finding(fmt.Sprintf(format, args...)))
}

// Undecided says that a property does not tell.
func (c *Check) Undecided(path, why string) {
	c.found.undecided = append(c.found.undecided, c.finding(path+" "+why))
}

func (c *Check) finding(message string) Finding {
	f := Finding{Rule: c.rule.Name, Message: message}
	if c.Resource != nil {
		f.URN = c.Resource.URN
	}
	return f
}

// Known says whether the property has a value or surely none. If not, it is taken
// down as undecided.
func (c *Check) Known(path string) bool {
	switch v := c.Value(path); v.Kind() {
	case Unknown:
		c.Undecided(path, "is not known yet")
		return false
	case Wrong, Other:
		c.Undecided(path, "is "+v.Kind().String())
		return false
	}
	return true
}

// read is what all readers share: otherwise for what is not there, and a note
// where the value is not of the wanted kind.
func read[T any](c *Check, path string, otherwise T, want Kind, as func(Value) (T, bool)) (T, bool) {
	v := c.Value(path)
	if v.Empty() {
		return otherwise, true
	}
	if !c.Known(path) {
		return otherwise, false
	}
	got, ok := as(v)
	if !ok {
		c.Undecided(path, fmt.Sprintf("is %s, want %s", v.Kind(), want))
	}
	return got, ok
}

// Text of a property; otherwise, where it is missing or empty. The second result
// says whether it can be relied on: if not, that was taken down.
func (c *Check) Text(path, otherwise string) (string, bool) {
	return read(c, path, otherwise, Text, Value.AsText)
}

// Number of a property, as Text.
func (c *Check) Number(path string, otherwise float64) (float64, bool) {
	return read(c, path, otherwise, Number, Value.AsNumber)
}

// Bool of a property, as Text.
func (c *Check) Bool(path string, otherwise bool) (bool, bool) {
	return read(c, path, otherwise, Bool, Value.AsBool)
}

// Items of a property that is a list, as Text; none where it is missing.
func (c *Check) Items(path string) ([]Value, bool) {
	return read(c, path, nil, List, func(v Value) ([]Value, bool) { return v.Items(), v.Kind() == List })
}

// Object of a property, as Text; an empty one where it is missing.
func (c *Check) Object(path string) (Value, bool) {
	return read(c, path, OfObject(nil), Object, func(v Value) (Value, bool) { return v, v.Kind() == Object })
}

// Option is a number of the rule's settings.
func (c *Check) Option(name string) float64 {
	n, _ := c.option(name).(float64)
	return n
}

// OptionBool is a yes or no of the rule's settings.
func (c *Check) OptionBool(name string) bool {
	b, _ := c.option(name).(bool)
	return b
}

// OptionTexts is a list of texts of the rule's settings.
func (c *Check) OptionTexts(name string) []string {
	var texts []string
	list, _ := c.option(name).([]any)
	for _, item := range list {
		if t, ok := item.(string); ok {
			texts = append(texts, t)
		}
	}
	return texts
}

// OptionObject is an object of texts of the rule's settings.
func (c *Check) OptionObject(name string) map[string]string {
	texts := map[string]string{}
	object, _ := c.option(name).(map[string]any)
	for key, value := range object {
		if t, ok := value.(string); ok {
			texts[key] = t
		}
	}
	return texts
}

// option is what was set, if it is of the default's type, or the default.
func (c *Check) option(name string) any {
	for _, o := range c.rule.Options {
		if o.Name != name {
			continue
		}
		if set, ok := c.options[name]; ok && sameType(set, o.Default) {
			return set
		}
		return o.Default
	}
	return nil
}

func sameType(a, b any) bool { return fmt.Sprintf("%T", a) == fmt.Sprintf("%T", b) }
