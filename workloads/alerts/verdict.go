package alerts

import "fmt"

// muchOf is the share of a rule's alerts that flap or are told twice that is a
// fault of the rule, not an accident. An assumption.
const muchOf = 0.3

// decide says what to do with a rule whose judgement is complete.
func decide(r *Rule, o Options, hasList bool) (Verdict, string) {
	if r.Chance == nil {
		if v, reason := nuisance(r, o); v != "" && r.Alerts >= o.MinFirings {
			return v, reason
		}
		return Keep, fmt.Sprintf("fired %s, too few to judge (want %d).", times(r.Episodes), o.MinFirings)
	}
	if r.Prediction != nil {
		return byIncidents(r, o)
	}
	if ignored(r, o) {
		return Silence, "nobody acts on it: " + actedText(r) + "."
	}
	if v, reason := nuisance(r, o); v != "" {
		return v, reason
	}
	if r.Chance.IsTold {
		return Keep, "has a pattern: " + pattern(r, o) + "."
	}
	if hasList {
		return Keep, "fires like a random pager, and there was no incident to announce."
	}
	return Fix, fmt.Sprintf("cannot be told from a random pager (q = %.2g); a list of incidents would tell whether it is of use.", r.Chance.Q)
}

// byIncidents decides on a rule that incidents can be held against.
func byIncidents(r *Rule, o Options) (Verdict, string) {
	p := r.Prediction
	facts := fmt.Sprintf("%d of %d firings announce an incident, %.1f%%, and a random pager's would in %.1f%%",
		p.Precision.Hits, p.Precision.Total, 100*p.Precision.Value, 100*p.RandomPrecision)
	switch {
	case p.IsBetter:
		if v, reason := nuisance(r, o); v != "" {
			return v, fmt.Sprintf("announces incidents (%.1f times chance), but %s", p.Lift, reason)
		}
		if p.Precision.High < o.PrecisionWanted {
			return Fix, fmt.Sprintf("announces incidents (%.1f times chance), but too seldom: %s.", p.Lift, facts)
		}
		return Keep, fmt.Sprintf("announces incidents: %s, and it announces %d of %d.", facts, p.Recall.Hits, p.Recall.Total)
	case p.Precision.High >= o.PrecisionWanted:
		return Keep, fmt.Sprintf("may announce incidents, which cannot be told yet: %s.", facts)
	case !r.Chance.IsTold:
		return Silence, fmt.Sprintf("fires like a random pager: %s.", facts)
	case ignored(r, o):
		return Silence, fmt.Sprintf("announces no incidents and nobody acts on it: %s; %s.", facts, actedText(r))
	}
	return Fix, fmt.Sprintf("announces no incidents, but has a pattern (%s): find out what it is about, %s.", pattern(r, o), facts)
}

// nuisance finds what is wrong with how a rule fires, whatever it fires for.
func nuisance(r *Rule, o Options) (Verdict, string) {
	switch {
	case float64(r.FlappingAlerts) >= muchOf*float64(r.Alerts):
		return Fix, fmt.Sprintf("flaps: %d of %d alerts come back within %d minutes, twice and more.", r.FlappingAlerts, r.Alerts, o.FlapMinutes)
	case float64(r.Duplicates) >= muchOf*float64(r.Alerts+r.Duplicates):
		return Fix, fmt.Sprintf("is told twice: %d of %d alerts repeat one within %d seconds.", r.Duplicates, r.Alerts+r.Duplicates, o.DuplicateSeconds)
	}
	return "", ""
}

// ignored: it is all but certain that too few alerts are acted on.
func ignored(r *Rule, o Options) bool { return r.Acted != nil && r.Acted.High < o.ActedWanted }

func actedText(r *Rule) string {
	return fmt.Sprintf("%d of %d alerts were acted on", r.Acted.Hits, r.Acted.Total)
}

// pattern says what tells a rule from chance, the surest first.
func pattern(r *Rule, o Options) string {
	c := r.Chance
	least := func(p *float64) bool {
		for _, other := range []*float64{c.RunsP, c.DispersionP, c.TimeOfDayP} {
			if p == nil || other != nil && *other < *p {
				return false
			}
		}
		return true
	}
	switch {
	case least(c.TimeOfDayP):
		return fmt.Sprintf("fires mostly around %02d:00", c.PeakHour)
	case least(c.DispersionP) && c.DispersionIndex > 1:
		return "comes in clusters"
	case least(c.DispersionP):
		return "fires at regular intervals"
	}
	return "gaps of one length follow each other"
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
