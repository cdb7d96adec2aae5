package alerts

import (
	"fmt"
	"time"

	"github.com/spotgrid/spotgrid/workloads/alerts/history"
	"github.com/spotgrid/spotgrid/workloads/alerts/significance"
)

const (
	dayMillis  = 24 * 60 * 60 * 1000
	hourMillis = 60 * 60 * 1000
	weekMillis = 7 * dayMillis
	// quarterMillis: no time zone in use has changed its clocks at another time
	// than a quarter of an hour since 1990.
	quarterMillis = hourMillis / 4
)

// window is the time looked at and its clock.
type window struct {
	significance.Span // in milliseconds since 1970
	zone              *time.Location
	isNight           [24]bool
	nightTo           int
	// hours and weekdays are how long each was observed, in milliseconds.
	hours    [24]int64
	weekdays [7]int64
}

// newWindow finds the time looked at.
func newWindow(rules []history.Rule, o Options) (*window, error) {
	w := &window{zone: o.Zone, nightTo: *o.NightToHour}
	for h := *o.NightFromHour; h != *o.NightToHour; h = (h + 1) % 24 {
		w.isNight[h] = true
	}
	first, last, ok := bounds(rules)
	if !ok {
		return nil, ErrNoAlerts
	}
	from, until := midnight(time.UnixMilli(first).In(o.Zone), 0), midnight(time.UnixMilli(last).In(o.Zone), 1)
	if !o.From.IsZero() {
		from = o.From
	}
	if !o.Until.IsZero() {
		until = o.Until
	}
	w.From, w.To = from.UnixMilli(), until.UnixMilli()
	if days := (w.To - w.From) / dayMillis; days > MaxDays {
		return nil, &SpanError{fmt.Sprintf("the alerts go from %s to %s, %d days, want at most %d; give from and until", from.Format(time.DateOnly), until.Format(time.DateOnly), days, MaxDays)}
	}
	if w.From >= w.To {
		return nil, &SpanError{fmt.Sprintf("from is %s and until %s, with the alerts from %s to %s", from.Format(time.RFC3339), until.Format(time.RFC3339), time.UnixMilli(first).In(o.Zone).Format(time.RFC3339), time.UnixMilli(last).In(o.Zone).Format(time.RFC3339))}
	}
	w.observe(w.Span, func(hour, weekday int, millis int64) {
		w.hours[hour] += millis
		w.weekdays[weekday] += millis
	})
	return w, nil
}

// SpanError says that a history covers a time that cannot be looked at.
type SpanError struct{ text string }

func (e *SpanError) Error() string { return e.text }

func bounds(rules []history.Rule) (first, last int64, ok bool) {
	for _, r := range rules {
		if len(r.Firings) == 0 {
			continue
		}
		from, to := r.Firings[0].AtMillis, r.Firings[len(r.Firings)-1].AtMillis
		if !ok {
			first, last, ok = from, to, true
		}
		first, last = min(first, from), max(last, to)
	}
	return first, last, ok
}

// midnight is the start of a day, some days on.
func midnight(t time.Time, days int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+days, 0, 0, 0, 0, t.Location())
}

func (w *window) clock(millis int64) time.Time { return time.UnixMilli(millis).In(w.zone) }

func (w *window) days() int { return int((w.To - w.From + dayMillis - 1) / dayMillis) }

// observe cuts a span into parts of one hour of the day each.
func (w *window) observe(s significance.Span, part func(hour, weekday int, millis int64)) {
	for at := s.From; at < s.To; {
		next := min(s.To, at-at%quarterMillis+quarterMillis)
		t := w.clock(at)
		part(t.Hour(), int(t.Weekday()), next-at)
		at = next
	}
}

// nightEnd is when the night ends that a time at night lies in.
func (w *window) nightEnd(at int64) int64 {
	t := w.clock(at)
	end := time.Date(t.Year(), t.Month(), t.Day(), w.nightTo, 0, 0, 0, w.zone)
	if !end.After(t) {
		end = time.Date(t.Year(), t.Month(), t.Day()+1, w.nightTo, 0, 0, 0, w.zone)
	}
	return end.UnixMilli()
}
