package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/alerts"
)

const (
	// ruleWidth is how wide a rule's name is shown, in characters.
	ruleWidth = 44
	// barWidth is how wide the bar of an hour can be.
	barWidth = 40
)

// showReport prints a report for people, with its first top rules.
func showReport(out io.Writer, r *alerts.Report, top int) error {
	fmt.Fprintf(out, "%s of %s from %s to %s (%s), %.3g a day, %d at night\n",
		count(r.Alerts, "alert"), count(len(r.Rules), "rule"), r.From.Format("2006-01-02"), r.Until.Format("2006-01-02"), r.Timezone, r.PerDay, r.NightAlerts)
	for _, s := range r.Sources {
		fmt.Fprintf(out, "  %s: %s, %s, %d other records\n", s.Name, s.Format, count(s.Alerts, "alert"), s.Skipped)
	}
	showPager(out, r)
	fmt.Fprintln(out)
	t := newTable(out, "RULE", "VERDICT", "ALERTS", "NIGHT", "SLEEP", "ACTED", "CHANCE", "PRECISION", "RANDOM", "LIFT", "TREND")
	shown := r.Rules[:min(top, len(r.Rules))]
	for i := range shown {
		t.row(ruleCells(&shown[i])...)
	}
	if err := t.flush(); err != nil {
		return err
	}
	if more := len(r.Rules) - len(shown); more > 0 {
		fmt.Fprintf(out, "and %s\n", count(more, "more rule"))
	}
	fmt.Fprintln(out)
	for _, rule := range shown {
		fmt.Fprintf(out, "%s %s: %s\n", rule.Verdict, cut(rule.Name, ruleWidth), rule.Reason)
	}
	showHours(out, r)
	fmt.Fprintf(out, "\n%s took %.1f hours of sleep; the rules to silence would return %.1f of them.\n", count(r.Sleep.WakeUps, "wake-up"), r.Sleep.HoursLost, r.Sleep.HoursReturned)
	return nil
}

// showPager prints what all rules together are worth.
func showPager(out io.Writer, r *alerts.Report) {
	if r.Incidents == nil {
		fmt.Fprintln(out, "no list of incidents was given: nothing is said of what alerts announce")
		return
	}
	fmt.Fprintf(out, "%s, and %d outside of that time\n", count(r.Incidents.Count, "incident"), r.Incidents.Outside)
	p := r.Pager.Prediction
	if p == nil {
		return
	}
	word := "cannot be told from"
	if p.IsBetter {
		word = "is better than"
	}
	fmt.Fprintf(out, "the pager %s a random one: %s of its episodes announce an incident (at random %s), %d of %d incidents are announced (at random %s)\n",
		word, share(p.Precision.Value), share(p.RandomPrecision), p.Recall.Hits, p.Recall.Total, share(p.RandomRecall))
}

func ruleCells(r *alerts.Rule) []string {
	cells := []string{
		cut(r.Name, ruleWidth), string(r.Verdict), strconv.Itoa(r.Alerts), strconv.Itoa(r.NightAlerts), fmt.Sprintf("%.1f h", r.SleepHours),
		"", "", "", "", "", "",
	}
	if r.Acted != nil {
		cells[5] = share(r.Acted.Value)
	}
	if r.Chance != nil {
		cells[6] = fmt.Sprintf("q=%.2g", r.Chance.Q)
	}
	if p := r.Prediction; p != nil {
		cells[7] = fmt.Sprintf("%s (%s–%s)", share(p.Precision.Value), share(p.Precision.Low), share(p.Precision.High))
		cells[8] = share(p.RandomPrecision)
		cells[9] = fmt.Sprintf("%.2g (%.2g–%.2g)", p.Lift, p.LiftLow, p.LiftHigh)
	}
	if r.Trend != nil {
		cells[10] = r.Trend.Direction
	}
	return cells
}

// showHours prints how many alerts came at each hour of the day.
func showHours(out io.Writer, r *alerts.Report) {
	most := 1
	for _, h := range r.ByHour {
		most = max(most, h.Alerts)
	}
	fmt.Fprintln(out, "\nalerts by hour of the day")
	for hour, h := range r.ByHour {
		fmt.Fprintf(out, "  %02d %s %d\n", hour, strings.Repeat("▇", (h.Alerts*barWidth+most-1)/most), h.Alerts)
	}
}

func share(v float64) string { return fmt.Sprintf("%.3g%%", 100*v) }

// alertsSummary is a report in a few words.
func alertsSummary(r *alerts.Report) string {
	return fmt.Sprintf("%s: silence %d, fix %d, keep %d; %.1f hours of sleep to gain",
		count(r.Alerts, "alert"), r.Verdicts[alerts.Silence], r.Verdicts[alerts.Fix], r.Verdicts[alerts.Keep], r.Sleep.HoursReturned)
}
