package alerts

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/workloads/alerts/significance"
)

// told is the judgement of a rule that fires around three, by chance or not.
func told(isTold bool) *Chance {
	tiny, large := 1e-9, 0.9
	return &Chance{Q: 0.4, IsTold: isTold, TimeOfDayP: &tiny, DispersionP: &large, RunsP: &large, PeakHour: 3}
}

func predicts(hits, total int, isBetter bool) *Prediction {
	p := significance.Wilson(hits, total, confidence)
	return &Prediction{Precision: p, RandomPrecision: 0.05, Lift: p.Value / 0.05, IsBetter: isBetter}
}

func actedOn(hits, total int) *significance.Proportion {
	p := significance.Wilson(hits, total, confidence)
	return &p
}

func TestVerdictsAndTheirReasons(t *testing.T) {
	t.Parallel()
	o := Options{}.WithDefaults()
	for name, c := range map[string]struct {
		rule    Rule
		hasList bool
		verdict Verdict
		reason  string
	}{
		"few":                  {Rule{Alerts: 3, Judgement: Judgement{Episodes: 3}}, false, Keep, "fired 3 times, too few to judge (want 20)"},
		"few but flapping":     {Rule{Alerts: 30, Judgement: Judgement{Episodes: 3, FlappingAlerts: 28}}, false, Fix, "flaps: 28 of 30"},
		"coin":                 {Rule{Alerts: 100, Judgement: Judgement{Chance: told(false), Prediction: predicts(5, 100, false)}}, true, Silence, "fires like a random pager: 5 of 100"},
		"ignored":              {Rule{Alerts: 100, Acted: actedOn(1, 100), Judgement: Judgement{Chance: told(true), Prediction: predicts(5, 100, false)}}, true, Silence, "nobody acts on it"},
		"pattern":              {Rule{Alerts: 100, Acted: actedOn(90, 100), Judgement: Judgement{Chance: told(true), Prediction: predicts(5, 100, false)}}, true, Fix, "fires mostly around 03:00"},
		"unsure":               {Rule{Alerts: 20, Judgement: Judgement{Chance: told(false), Prediction: predicts(3, 20, false)}}, true, Keep, "cannot be told yet"},
		"real":                 {Rule{Alerts: 50, Judgement: Judgement{Chance: told(false), Prediction: predicts(40, 50, true)}}, true, Keep, "announces incidents: 40 of 50"},
		"real but rarely":      {Rule{Alerts: 200, Judgement: Judgement{Chance: told(false), Prediction: predicts(30, 200, true)}}, true, Fix, "too seldom"},
		"real but flapping":    {Rule{Alerts: 100, Judgement: Judgement{FlappingAlerts: 60, Chance: told(false), Prediction: predicts(40, 50, true)}}, true, Fix, "(16.0 times chance), but flaps: 60 of 100"},
		"real but told twice":  {Rule{Alerts: 50, Duplicates: 50, Judgement: Judgement{Chance: told(false), Prediction: predicts(40, 50, true)}}, true, Fix, "but is told twice: 50 of 100"},
		"ignored, no list":     {Rule{Alerts: 100, Acted: actedOn(1, 100), Judgement: Judgement{Chance: told(true)}}, false, Silence, "nobody acts on it: 1 of 100"},
		"pattern, no list":     {Rule{Alerts: 100, Judgement: Judgement{Chance: told(true)}}, false, Keep, "has a pattern: fires mostly around 03:00"},
		"chance, no list":      {Rule{Alerts: 100, Judgement: Judgement{Chance: told(false)}}, false, Fix, "cannot be told from a random pager (q = 0.4)"},
		"chance, no incidents": {Rule{Alerts: 100, Judgement: Judgement{Chance: told(false)}}, true, Keep, "there was no incident"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdict, reason := decide(&c.rule, o, c.hasList)
			assert.Equal(t, c.verdict, verdict, reason)
			assert.Contains(t, reason, c.reason)
			assert.Regexp(t, `\.$`, reason)
		})
	}
}

func TestThePatternNamedIsTheSurest(t *testing.T) {
	t.Parallel()
	tiny, large := 1e-9, 0.9
	for want, c := range map[string]Chance{
		"comes in clusters":                    {DispersionP: &tiny, DispersionIndex: 3, TimeOfDayP: &large},
		"fires at regular intervals":           {DispersionP: &tiny, DispersionIndex: 0.2},
		"gaps of one length follow each other": {RunsP: &tiny, DispersionP: &large},
	} {
		assert.Equal(t, want, pattern(&Rule{Judgement: Judgement{Chance: &c}}, Options{}))
	}
}
