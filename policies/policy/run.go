package policy

import (
	"cmp"
	"slices"
	"time"
)

// Violation is a finding and how much it weighs.
type Violation struct {
	Finding
	Level    Level    `json:"level"`
	Severity Severity `json:"severity"`
	Area     Area     `json:"area"`
}

// Result is what a run of all rules gave, each list in order.
type Result struct {
	Violations []Violation `json:"violations"`
	// Undecided is what rules could not tell, mostly of values that are known once
	// the stack is there.
	Undecided []Finding `json:"undecided"`
	Waived    []Used    `json:"waived"`
	// Rules is how many were run, Disabled how many were not.
	Rules    int `json:"rules"`
	Disabled int `json:"disabled"`
}

// Mandatory says whether something stands that has to be mended.
func (r Result) Mandatory() bool {
	return slices.ContainsFunc(r.Violations, func(v Violation) bool { return v.Level == Mandatory })
}

// Run runs rules over a stack that was read from a file. Those that mend are left
// out: a file is not mended. Rules of single resources see inputs, those of the
// whole stack what is known of each resource.
func Run(rules []Rule, inputs, known *Stack, settings Settings, today time.Time) (Result, error) {
	s := NewSession(rules, known.Project, known.Name, today)
	for name, setting := range settings {
		s.SetOptions(name, setting.Options)
	}
	res := Result{Violations: []Violation{}, Undecided: []Finding{}, Waived: []Used{}}
	for _, rule := range rules {
		level := cmp.Or(settings[rule.Name].Level, rule.Level)
		if level == Disabled || rule.Mend != nil || rule.Name == waiversUsed {
			if level == Disabled {
				res.Disabled++
			}
			continue
		}
		res.Rules++
		o, err := s.all(rule, inputs, known, settings[rule.Name].Options)
		if err != nil {
			return res, err
		}
		if level == Remediate {
			level = Mandatory // as Pulumi does with what only checks
		}
		for _, f := range o.Violations {
			res.Violations = append(res.Violations, Violation{f, level, rule.Severity, rule.Area})
		}
		res.Undecided = append(res.Undecided, o.Undecided...)
	}
	res.Waived = append(res.Waived, s.Used()...)
	slices.SortStableFunc(res.Violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(levelOrder(a.Level), levelOrder(b.Level)), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.URN, b.URN))
	})
	return res, nil
}

// all is a rule over the whole stack, by whichever way it has.
func (s *Session) all(rule Rule, inputs, known *Stack, options map[string]any) (Outcome, error) {
	if rule.Whole != nil {
		return s.Whole(rule, known)
	}
	var all Outcome
	for _, r := range inputs.Resources {
		o, err := s.Each(rule, r, options)
		if err != nil {
			return all, err
		}
		all.Violations = append(all.Violations, o.Violations...)
		all.Undecided = append(all.Undecided, o.Undecided...)
	}
	return all, nil
}

func levelOrder(l Level) int {
	if l == Mandatory {
		return 0
	}
	return 1
}
