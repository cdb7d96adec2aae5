package policy

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Session is one run of rules over one stack. It is safe for concurrent use.
type Session struct {
	today time.Time
	rules map[string]Rule
	// names is a stack without resources, for rules of single ones.
	names *Stack

	mu      sync.Mutex
	options map[string]map[string]any
	used    []Used
	// tagged are the waivers in resources' tags, by URN.
	tagged map[string][]Waiver
}

// NewSession begins a run of the rules over the stack of that name.
func NewSession(rules []Rule, project, stack string, today time.Time) *Session {
	s := &Session{
		today: today, rules: map[string]Rule{}, names: &Stack{Project: project, Name: stack},
		options: map[string]map[string]any{}, tagged: map[string][]Waiver{},
	}
	for _, r := range rules {
		s.rules[r.Name] = r
	}
	return s
}

// SetOptions tells the session a rule's options. An engine knows those of rules of
// the whole stack only while it looks at single resources.
func (s *Session) SetOptions(rule string, options map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options[rule] = options
}

// Outcome is what one call of a rule gave.
type Outcome struct {
	Violations, Undecided []Finding
}

// Each runs a rule on a resource. The error is that of a rule which failed.
func (s *Session) Each(rule Rule, r *Resource, options map[string]any) (Outcome, error) {
	if rule.Each == nil || !rule.Applies(r.Type) {
		return Outcome{}, nil
	}
	s.note(r)
	return s.run(rule, &Check{Stack: s.names, Resource: r, options: options}, rule.Each)
}

// Whole runs a rule on the stack, by the options that SetOptions told.
func (s *Session) Whole(rule Rule, stack *Stack) (Outcome, error) {
	if rule.Whole == nil {
		return Outcome{}, nil
	}
	for _, r := range stack.Resources {
		s.note(r)
	}
	s.mu.Lock()
	options := s.options[rule.Name]
	s.mu.Unlock()
	return s.run(rule, &Check{Stack: stack, options: options}, rule.Whole)
}

// Mend runs a rule that mends; false means that nothing has to be mended, or that a
// waiver lets it pass.
func (s *Session) Mend(rule Rule, r *Resource, options map[string]any) (mended Value, changed bool, err error) {
	if rule.Mend == nil || !rule.Applies(r.Type) {
		return Value{}, false, nil
	}
	s.note(r)
	if _, waived := s.waiver(Finding{Rule: rule.Checks, URN: r.URN}); waived {
		return Value{}, false, nil
	}
	_, err = s.run(rule, &Check{Stack: s.names, Resource: r, options: options}, func(c *Check) { mended, changed = rule.Mend(c) })
	return mended, changed, err
}

func (s *Session) run(rule Rule, c *Check, f func(*Check)) (o Outcome, err error) {
	c.rule, c.session, c.found, c.Today = rule, s, &findings{}, s.today
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("running rule %q: %v", rule.Name, p)
		}
	}()
	f(c)
	return Outcome{s.waive(c.found.violations), c.found.undecided}, nil
}

// note remembers the waivers in a resource's tags.
func (s *Session) note(r *Resource) {
	waivers := ofTags(r)
	if len(waivers) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tagged[r.URN] = waivers
}

// waivable says whether waivers can be of the rule: those about waivers have none.
func (s *Session) waivable(rule string) bool {
	_, known := s.rules[rule]
	return known && rule != validWaivers && rule != waiversUsed
}

func (s *Session) configured() []Waiver {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ofOptions(s.options[validWaivers])
}

// waiver finds one that lets the finding pass.
func (s *Session) waiver(f Finding) (Waiver, bool) {
	configured := s.configured()
	s.mu.Lock()
	all := append(slices.Clone(s.tagged[f.URN]), configured...)
	s.mu.Unlock()
	for _, w := range all {
		if w.Rule == f.Rule && w.covers(f.URN) && w.fault(s.today, s.waivable) == "" {
			return w, true
		}
	}
	return Waiver{}, false
}

// waive takes out what a waiver lets pass.
func (s *Session) waive(found []Finding) (rest []Finding) {
	for _, f := range found {
		w, waived := s.waiver(f)
		if !waived {
			rest = append(rest, f)
			continue
		}
		s.mu.Lock()
		if u := (Used{f, w}); !slices.Contains(s.used, u) {
			s.used = append(s.used, u)
		}
		s.mu.Unlock()
	}
	return rest
}

// Stack is the session's stack, without resources.
func (s *Session) Stack() *Stack { return &Stack{Project: s.names.Project, Name: s.names.Name} }
