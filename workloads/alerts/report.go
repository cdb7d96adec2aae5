package alerts

import (
	"time"

	"github.com/spotgrid/spotgrid/workloads/alerts/history"
	"github.com/spotgrid/spotgrid/workloads/alerts/significance"
)

// Report is what a history tells.
type Report struct {
	Timezone string    `json:"timezone"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Days     int       `json:"days"`
	// Sources the history was read from, where the caller names them.
	Sources []history.Source `json:"sources,omitempty"`
	// Alerts that fired, without Duplicates; Outside are those left out for
	// their time.
	Alerts     int `json:"alerts"`
	Duplicates int `json:"duplicates"`
	Outside    int `json:"outside"`
	// NightAlerts fired at night.
	NightAlerts int     `json:"night_alerts"`
	PerDay      float64 `json:"per_day"`
	// ByHour and ByWeekday (from Sunday) count alerts by the clock in Timezone;
	// ByWeekHour does by both.
	ByHour     [24]Rate   `json:"by_hour"`
	ByWeekday  [7]Rate    `json:"by_weekday"`
	ByWeekHour [7][24]int `json:"by_week_hour"`
	Daily      []Day      `json:"daily"`
	// Pager is the judgement of all rules together, as if they were one.
	Pager Judgement `json:"pager"`
	// Incidents is nil without a list of them.
	Incidents *Incidents `json:"incidents,omitempty"`
	Sleep     Sleep      `json:"sleep"`
	// Verdicts counts the rules by verdict.
	Verdicts map[Verdict]int `json:"verdicts"`
	// Rules are ordered: those to silence first, then those to fix, in each the
	// ones that cost most sleep and fire most often first. RulesLeftOut are those
	// that a caller cut off.
	Rules        []Rule  `json:"rules"`
	RulesLeftOut int     `json:"rules_left_out,omitempty"`
	Options      Options `json:"options"`
}

// Rate is how often alerts fired in one part of the day or the week.
type Rate struct {
	Alerts int `json:"alerts"`
	// PerHour is Alerts by the hours that part was observed.
	PerHour float64 `json:"per_hour"`
}

// Day is one day of the calendar.
type Day struct {
	// Date as 2006-01-02.
	Date        string `json:"date"`
	Alerts      int    `json:"alerts"`
	NightAlerts int    `json:"night_alerts"`
}

// Incidents tells about the list.
type Incidents struct {
	// Count of those within the time looked at, and Outside it.
	Count   int `json:"count"`
	Outside int `json:"outside"`
}

// Sleep is what alerts at night cost, by the model of Options.
type Sleep struct {
	// WakeUps are the times somebody was woken up: alerts while still awake from
	// the last one are none.
	WakeUps int `json:"wake_ups"`
	// HoursLost to all of them, and HoursReturned if the rules to silence were.
	HoursLost     float64 `json:"hours_lost"`
	HoursReturned float64 `json:"hours_returned"`
}

// Verdict says what to do with a rule.
type Verdict string

// The verdicts.
const (
	Keep    Verdict = "keep"
	Fix     Verdict = "fix"
	Silence Verdict = "silence"
)

// Rule is the judgement of one rule.
type Rule struct {
	Name       string `json:"name"`
	Alerts     int    `json:"alerts"`
	Duplicates int    `json:"duplicates"`
	// NightAlerts of Alerts fired at night. SleepHours is the sleep that nothing
	// but this rule takes.
	NightAlerts int     `json:"night_alerts"`
	SleepHours  float64 `json:"sleep_hours"`
	// Acted is the share of alerts that somebody acted on; nil where the source
	// does not tell.
	Acted *significance.Proportion `json:"acted,omitempty"`
	Judgement
	Verdict Verdict `json:"verdict"`
	// Reason for the verdict, in a sentence.
	Reason string `json:"reason"`
}

// Judgement is what the times of firings tell.
type Judgement struct {
	// Episodes are firings and what flaps after them, as one each.
	Episodes int `json:"episodes"`
	// FlappingEpisodes have three firings or more; FlappingAlerts are theirs.
	FlappingEpisodes int `json:"flapping_episodes"`
	FlappingAlerts   int `json:"flapping_alerts"`
	// Chance is nil for too few episodes.
	Chance *Chance `json:"chance,omitempty"`
	// Prediction is nil without incidents and for too few episodes.
	Prediction *Prediction `json:"prediction,omitempty"`
	Trend      *Trend      `json:"trend,omitempty"`
}

// Chance tells whether episodes come as a random pager's would: a Poisson
// process of a constant rate. A p-value is nil if its test could not be made.
type Chance struct {
	// RunsP: gaps follow each other without order. DispersionP: as many episodes
	// in any stretch of time as in another; DispersionIndex is above 1 for
	// clusters and below for regular firing. TimeOfDayP: at any hour alike.
	RunsP           *float64 `json:"runs_p,omitempty"`
	DispersionP     *float64 `json:"dispersion_p,omitempty"`
	DispersionIndex float64  `json:"dispersion_index,omitempty"`
	TimeOfDayP      *float64 `json:"time_of_day_p,omitempty"`
	// PeakHour is the hour of the day with the highest rate.
	PeakHour int `json:"peak_hour"`
	// P of all tests together (Bonferroni) and Q, which holds the false discovery
	// rate over all rules (Benjamini and Hochberg).
	P float64 `json:"p"`
	Q float64 `json:"q"`
	// IsTold: the firing can be told from chance.
	IsTold bool `json:"is_told_from_chance"`
}

// Prediction tells whether episodes announce incidents.
type Prediction struct {
	// Precision is the share of episodes that announce an incident, Recall the
	// share of incidents that an episode announces.
	Precision significance.Proportion `json:"precision"`
	Recall    significance.Proportion `json:"recall"`
	// RandomPrecision and RandomRecall are those of a random pager that fires as
	// often.
	RandomPrecision float64 `json:"random_precision"`
	RandomRecall    float64 `json:"random_recall"`
	// Lift is Precision by RandomPrecision, with its interval.
	Lift     float64 `json:"lift"`
	LiftLow  float64 `json:"lift_low"`
	LiftHigh float64 `json:"lift_high"`
	// P of as many hits by chance (see significance.ShiftTest) and Q over all
	// rules.
	P float64 `json:"p"`
	Q float64 `json:"q"`
	// IsBetter: it announces more incidents than a random pager.
	IsBetter bool `json:"is_better_than_random"`
}

// Trend tells whether episodes become more or fewer.
type Trend struct {
	// ChangePerWeek is by how much the episodes of a week change from week to
	// week (Theil and Sen).
	ChangePerWeek float64 `json:"change_per_week"`
	P             float64 `json:"p"`
	Q             float64 `json:"q"`
	// Direction is "up", "down", or "" if the change can be chance.
	Direction string `json:"direction"`
}

// CutRules leaves the first most rules in the report, for where all are too many.
func (r *Report) CutRules(most int) {
	if more := len(r.Rules) - most; more > 0 {
		r.Rules, r.RulesLeftOut = r.Rules[:most], r.RulesLeftOut+more
	}
}
