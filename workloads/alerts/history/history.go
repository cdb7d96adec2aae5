// Package history reads what alerts fired: plain CSV and JSON lines, the alarm
// history of CloudWatch, and exports of PagerDuty and Opsgenie. It reads records
// one by one and keeps of each only when it fired, for which rule, and whether
// anybody acted.
package history

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Limits of a History.
const (
	// MaxAlerts is how many firings a history holds; each takes 24 bytes.
	MaxAlerts = 5_000_000
	// MaxRules is how many rules a history holds.
	MaxRules = 10_000
	// MaxRuleName is the longest name of a rule, in characters; longer ones are
	// cut.
	MaxRuleName = 200
)

// Acted says whether somebody did something about an alert.
type Acted uint8

// What is known of it.
const (
	ActedUnknown Acted = iota // the source does not tell
	ActedNo
	ActedYes
)

// Alert is one firing of a rule, as a source tells it.
type Alert struct {
	// AtMillis is when it fired, in milliseconds since 1970.
	AtMillis int64
	// Rule is what fired; never empty.
	Rule string
	// Key tells firings of a rule apart that are about different things, such
	// as hosts; "" where the source has none.
	Key   string
	Acted Acted
}

// Firing is an Alert of a rule that is known.
type Firing struct {
	AtMillis int64
	// Key stands for the alert's: equal keys have equal numbers.
	Key   uint64
	Acted Acted
}

// Rule is a rule and its firings.
type Rule struct {
	Name    string
	Firings []Firing
}

// History collects firings by rule. The zero value is ready to use.
type History struct {
	rules map[string]*Rule
	total int
}

// Add takes an alert in. It fails if the history is full.
func (h *History) Add(a Alert) error {
	if h.total == MaxAlerts {
		return fmt.Errorf("more than %d alerts; split the history by time", MaxAlerts)
	}
	if h.rules == nil {
		h.rules = map[string]*Rule{}
	}
	r := h.rules[a.Rule]
	if r == nil {
		if len(h.rules) == MaxRules {
			return fmt.Errorf("more than %d rules; is a name made of what changes with each alert?", MaxRules)
		}
		name := strings.Clone(a.Rule) // it may be part of a larger buffer
		r = &Rule{Name: name}
		h.rules[name] = r
	}
	r.Firings = append(r.Firings, Firing{a.AtMillis, hash(a.Key), a.Acted})
	h.total++
	return nil
}

// Len is the number of firings.
func (h *History) Len() int { return h.total }

// Rules are all rules by name, their firings in order of time. They share memory
// with the history.
func (h *History) Rules() []Rule {
	rules := make([]Rule, 0, len(h.rules))
	for _, name := range slices.Sorted(maps.Keys(h.rules)) {
		r := *h.rules[name]
		slices.SortFunc(r.Firings, func(a, b Firing) int {
			return cmp.Or(cmp.Compare(a.AtMillis, b.AtMillis), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Acted, b.Acted))
		})
		rules = append(rules, r)
	}
	return rules
}

func hash(key string) uint64 {
	if key == "" {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(key))
	return h.Sum64()
}

// clean makes text from outside fit for a terminal and a table: one line, no
// control characters, at most MaxRuleName characters.
func clean(s string) string {
	plain := len(s) <= MaxRuleName
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] >= ' ' && s[i] < unicode.MaxASCII
	}
	if !plain {
		s = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
				return ' '
			}
			return r
		}, strings.ToValidUTF8(s, "�"))
		if runes := []rune(s); len(runes) > MaxRuleName {
			s = string(runes[:MaxRuleName-1]) + "…"
		}
	}
	return strings.TrimSpace(s)
}
