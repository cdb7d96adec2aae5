package policy

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Waiver says that a rule need not hold somewhere, for a reason and a time.
type Waiver struct {
	Rule string `json:"rule"`
	// URN is a pattern: * stands for any letters.
	URN    string `json:"urn"`
	Reason string `json:"reason"`
	// Until is the last day that it holds: 2026-12-31.
	Until string `json:"until"`
	// Where it is written: a tag or the configuration.
	Where string `json:"where"`
}

// waiverTag starts the tag of a waiver; the rule's name follows.
const waiverTag = "policy-waiver-"

// tagPattern is a waiver in a tag's value. AWS lets tags have no semicolon on most
// services (Tagging AWS resources, naming limits), so that a space will do.
var tagPattern = regexp.MustCompile(`^(.*?)[\s;,.:]*\buntil\s+(\S+)$`)

const (
	// shortestReason is the least letters of a reason that says something.
	shortestReason = 10
	// longestDays is how far ahead a waiver may end: what is for ever is a rule's
	// configuration.
	longestDays = 366
)

// fault is what makes a waiver worth nothing; "" if it holds.
func (w Waiver) fault(today time.Time, known func(rule string) bool) string {
	until, err := time.Parse(time.DateOnly, w.Until)
	switch {
	case !known(w.Rule):
		return fmt.Sprintf("waives rule %q, which is not known or cannot be waived", w.Rule)
	case len(w.Reason) < shortestReason:
		return fmt.Sprintf("gives the reason %q, want %d letters or more", w.Reason, shortestReason)
	case err != nil:
		return fmt.Sprintf("ends %q, want a day such as 2026-12-31", w.Until)
	case until.Before(day(today)):
		return fmt.Sprintf("ended on %s: mend what it waived, or say again why it may stay", w.Until)
	case until.After(day(today).AddDate(0, 0, longestDays)):
		return fmt.Sprintf("ends on %s, want a day in the next %d", w.Until, longestDays)
	}
	return ""
}

func day(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// covers says whether the waiver is of the resource.
func (w Waiver) covers(urn string) bool {
	parts := strings.Split(w.URN, "*")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(urn)
}

// ofTags lists the waivers in a resource's tags: a map, or of Auto Scaling groups
// a list.
func ofTags(r *Resource) (found []Waiver) {
	add := func(key string, value Value) {
		rule, ok := strings.CutPrefix(key, waiverTag)
		if text, known := value.AsText(); ok && known {
			found = append(found, tagWaiver(r, rule, text))
		}
	}
	tags := r.Props.Key("tags")
	for _, key := range tags.Keys() {
		add(key, tags.Key(key))
	}
	for _, item := range tags.Items() {
		key, _ := item.Key("key").AsText()
		add(key, item.Key("value"))
	}
	return found
}

func tagWaiver(r *Resource, rule, text string) Waiver {
	w := Waiver{Rule: rule, URN: r.URN, Reason: strings.TrimSpace(text), Where: "tag " + waiverTag + rule}
	if m := tagPattern.FindStringSubmatch(text); m != nil {
		w.Reason, w.Until = strings.TrimSpace(m[1]), m[2]
	}
	return w
}

// ofOptions lists the waivers of a configuration.
func ofOptions(options map[string]any) (found []Waiver) {
	list, _ := options[waiversOption].([]any)
	for i, item := range list {
		v := Of(item)
		text := func(key string) string { t, _ := v.Key(key).AsText(); return t }
		found = append(found, Waiver{
			Rule: text("rule"), URN: text("urn"), Reason: text("reason"), Until: text("until"),
			Where: fmt.Sprintf("configuration %s.%s[%d]", validWaivers, waiversOption, i),
		})
	}
	return found
}

const (
	validWaivers  = "valid-waivers"
	waiversUsed   = "waivers-used"
	waiversOption = "waivers"
)

// WaiverRules are the rules about waivers: the first has to come before all other
// rules, the last after them.
func WaiverRules() (first, last Rule) {
	return Rule{
			Name: validWaivers, Area: Upkeep, Level: Mandatory, Severity: High,
			Doc:     "A waiver names a rule, a reason and the last day that it holds, so that what was let pass comes up again.",
			Options: []Option{{Name: waiversOption, Default: []any{}, Doc: "objects of rule, urn (* for any letters), reason and until (the last day)"}},
			Whole:   func(c *Check) { c.session.reportFaults(c) },
		}, Rule{
			Name: waiversUsed, Area: Upkeep, Level: Advisory, Severity: Low,
			Doc:   "Lists what was let pass by a waiver, so that each run says what it does not hold against the stack.",
			Whole: func(c *Check) { c.session.reportUsed(c) },
		}
}

// reportFaults says which waivers are worth nothing.
func (s *Session) reportFaults(c *Check) {
	for _, w := range s.configured() {
		if why := w.fault(s.today, s.waivable); why != "" {
			c.Say("%s %s", w.Where, why)
		}
	}
	for _, r := range c.Stack.Resources {
		for _, w := range ofTags(r) {
			if why := w.fault(s.today, s.waivable); why != "" {
				c.On(r).Say("%s %s", w.Where, why)
			}
		}
	}
}

// Used is a violation that a waiver let pass.
type Used struct {
	Finding
	Waiver Waiver `json:"waiver"`
}

// reportUsed lists the waivers that were used.
func (s *Session) reportUsed(c *Check) {
	for _, u := range s.Used() {
		on := *c
		on.Resource = &Resource{URN: u.URN}
		on.Say("%s is waived until %s: %s (%s)", u.Rule, u.Waiver.Until, u.Waiver.Reason, u.Message)
	}
}

// Used lists what was let pass so far.
func (s *Session) Used() []Used {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(slices.Values(s.used), func(a, b Used) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.URN, b.URN), cmp.Compare(a.Message, b.Message))
	})
}
