package alerts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/spotgrid/spotgrid/workloads/alerts/history"
	"github.com/spotgrid/spotgrid/workloads/alerts/significance"
)

// ErrNoAlerts means that nothing fired.
var ErrNoAlerts = errors.New("no alert fired")

// IsInput reports whether err says what is wrong with what was given, so that
// trying again cannot help.
func IsInput(err error) bool {
	return history.IsInput(err) || errors.Is(err, ErrNoAlerts) || errors.As(err, new(*SpanError))
}

// Analyze judges a history. incidents is nil without a list of them, which is
// not the same as an empty one: that says that there was none. The error is
// ErrNoAlerts, a *SpanError, one of the options' faults, or wraps the end of ctx.
func Analyze(ctx context.Context, h *history.History, incidents []history.Incident, o Options) (*Report, error) {
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("judging alerts: %w", err)
	}
	o = o.WithDefaults()
	rules := h.Rules()
	w, err := newWindow(rules, o)
	if err != nil {
		return nil, fmt.Errorf("judging alerts: %w", err)
	}
	a := &analysis{o: o, w: w, judge: newJudge(o, w, incidents, len(rules))}
	a.report = &Report{
		Timezone: o.Zone.String(), From: w.clock(w.From), Until: w.clock(w.To), Days: w.days(),
		Options: o, Verdicts: map[Verdict]int{Keep: 0, Fix: 0, Silence: 0},
	}
	if incidents != nil {
		a.report.Incidents = &Incidents{Count: len(a.judge.incidents), Outside: len(incidents) - len(a.judge.incidents)}
	}
	for _, r := range rules {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("judging alerts: %w", context.Cause(ctx))
		}
		a.take(r)
	}
	if a.report.Alerts == 0 {
		return nil, fmt.Errorf("judging alerts: %w from %s to %s", ErrNoAlerts, a.report.From.Format(time.RFC3339), a.report.Until.Format(time.RFC3339))
	}
	a.finish()
	return a.report, nil
}

// analysis is a report on its way.
type analysis struct {
	o      Options
	w      *window
	judge  *judge
	report *Report
	times  [][]int64 // of each of the report's rules
}

// take judges one rule and adds it to the report.
func (a *analysis) take(r history.Rule) {
	inside := slices.DeleteFunc(r.Firings, func(f history.Firing) bool { return f.AtMillis < a.w.From || f.AtMillis >= a.w.To })
	a.report.Outside += len(r.Firings) - len(inside)
	if len(inside) == 0 {
		return
	}
	times, duplicates := distinct(inside, int64(a.o.DuplicateSeconds)*1000)
	out := Rule{Name: r.Name, Alerts: len(times), Duplicates: duplicates, Acted: acted(inside), Judgement: a.judge.judge(r.Name, times)}
	for _, at := range times {
		t := a.w.clock(at)
		a.report.ByHour[t.Hour()].Alerts++
		a.report.ByWeekday[t.Weekday()].Alerts++
		a.report.ByWeekHour[t.Weekday()][t.Hour()]++
		if a.w.isNight[t.Hour()] {
			out.NightAlerts++
		}
	}
	a.report.Alerts += out.Alerts
	a.report.Duplicates += duplicates
	a.report.NightAlerts += out.NightAlerts
	a.report.Rules = append(a.report.Rules, out)
	a.times = append(a.times, times)
}

// acted is the share of firings that somebody acted on, nil if that is not known
// of any.
func acted(firings []history.Firing) *significance.Proportion {
	yes, known := 0, 0
	for _, f := range firings {
		switch f.Acted {
		case history.ActedYes:
			yes++
			known++
		case history.ActedNo:
			known++
		}
	}
	if known == 0 {
		return nil
	}
	p := significance.Wilson(yes, known, confidence)
	return &p
}

// finish fills in what needs all rules.
func (a *analysis) finish() {
	r := a.report
	r.PerDay = float64(r.Alerts) * dayMillis / float64(a.w.To-a.w.From)
	rate := func(to *Rate, millis int64) {
		if millis > 0 {
			to.PerHour = float64(to.Alerts) * hourMillis / float64(millis)
		}
	}
	for h := range r.ByHour {
		rate(&r.ByHour[h], a.w.hours[h])
	}
	for d := range r.ByWeekday {
		rate(&r.ByWeekday[d], a.w.weekdays[d])
	}
	all := merged(a.times)
	r.Daily = a.daily(all)
	r.Pager = a.judge.judge("", all)
	discover([]*Judgement{&r.Pager}, a.o.FalseDiscoveryRate)
	judgements := make([]*Judgement, len(r.Rules))
	for i := range r.Rules {
		judgements[i] = &r.Rules[i].Judgement
	}
	discover(judgements, a.o.FalseDiscoveryRate)
	a.sleep()
	slices.SortStableFunc(r.Rules, func(x, y Rule) int {
		rank := map[Verdict]int{Silence: 0, Fix: 1, Keep: 2}
		return cmp.Or(cmp.Compare(rank[x.Verdict], rank[y.Verdict]), cmp.Compare(y.SleepHours, x.SleepHours), cmp.Compare(y.Alerts, x.Alerts))
	})
}

// sleep gives the verdicts, and counts the hours that they return.
func (a *analysis) sleep() {
	r := a.report
	nights := nightsOf(a.times, a.w, int64(a.o.MinutesLostPerWakeUp)*60_000)
	alone, lost := nights.alone(len(r.Rules))
	for i := range r.Rules {
		r.Rules[i].SleepHours = float64(alone[i]) / hourMillis
		r.Rules[i].Verdict, r.Rules[i].Reason = decide(&r.Rules[i], a.o, a.judge.hasList)
		r.Verdicts[r.Rules[i].Verdict]++
	}
	left := nights.without(len(r.Rules), func(i int) bool { return r.Rules[i].Verdict == Silence })
	r.Sleep = Sleep{WakeUps: nights.wakeUps(), HoursLost: float64(lost) / hourMillis, HoursReturned: float64(lost-left) / hourMillis}
}

// daily counts by day; times are sorted.
func (a *analysis) daily(times []int64) []Day {
	var days []Day
	i := 0
	for from := midnight(a.w.clock(a.w.From), 0); from.UnixMilli() < a.w.To; from = midnight(from, 1) {
		day := Day{Date: from.Format(time.DateOnly)}
		for next := midnight(from, 1).UnixMilli(); i < len(times) && times[i] < next; i++ {
			day.Alerts++
			if a.w.isNight[a.w.clock(times[i]).Hour()] {
				day.NightAlerts++
			}
		}
		days = append(days, day)
	}
	return days
}

// discover fills in the q-values over all judgements and what they mean.
func discover(all []*Judgement, rate float64) {
	n := len(all)
	ps := make([]float64, 3*n)
	for i := range ps {
		ps[i] = math.NaN()
	}
	for i, j := range all {
		if j.Chance != nil {
			ps[i] = j.Chance.P
		}
		if j.Prediction != nil {
			ps[n+i] = j.Prediction.P
		}
		if j.Trend != nil {
			ps[2*n+i] = j.Trend.P
		}
	}
	// Three questions, each with its own rate of false answers.
	chance, prediction, trend := significance.BenjaminiHochberg(ps[:n]), significance.BenjaminiHochberg(ps[n:2*n]), significance.BenjaminiHochberg(ps[2*n:])
	for i, j := range all {
		if c := j.Chance; c != nil {
			c.Q, c.IsTold = chance[i], chance[i] <= rate
		}
		if p := j.Prediction; p != nil {
			p.Q, p.IsBetter = prediction[i], prediction[i] <= rate && p.Lift > 1
		}
		if t := j.Trend; t != nil {
			if t.Q = trend[i]; t.Q <= rate && t.ChangePerWeek != 0 {
				t.Direction = map[bool]string{true: "up", false: "down"}[t.ChangePerWeek > 0]
			}
		}
	}
}
