package alerts

import (
	"errors"
	"fmt"
	"time"
)

// MaxDays is the longest history, in days: ten years.
const MaxDays = 3660

// Options of Analyze. Zero values are the defaults, which are assumptions where
// no source is named: they say what counts as one night, one wake-up, in time.
type Options struct {
	// From and Until bound the time looked at: From inclusive, Until exclusive.
	// Alerts outside are left out. Default: the whole days, in Zone, from the
	// first alert to the last.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// HorizonMinutes is how long before an incident an alert may come and still
	// have announced it: 1..10080, default 60.
	HorizonMinutes int `json:"horizon_minutes,omitempty"`
	// LateMinutes is how long after an incident's start an alert still counts as
	// its announcement: 1..1440, default 15. Starts are often dated back.
	LateMinutes int `json:"late_minutes,omitempty"`
	// FlapMinutes: firings of a rule that follow each other no later than this
	// are one episode: 1..240, default 15.
	FlapMinutes int `json:"flap_minutes,omitempty"`
	// DuplicateSeconds: firings of a rule with the same key that follow each
	// other no later than this are one alert told twice: 1..3600, default 60.
	DuplicateSeconds int `json:"duplicate_seconds,omitempty"`
	// NightFromHour and NightToHour are when people sleep, by the clock in Zone:
	// 0..23 each and different, default 22 and 7.
	NightFromHour *int `json:"night_from_hour,omitempty"`
	NightToHour   *int `json:"night_to_hour,omitempty"`
	// MinutesLostPerWakeUp is the sleep that an alert at night costs, until the
	// night's end at most: 1..240, default 30.
	MinutesLostPerWakeUp int `json:"minutes_lost_per_wake_up,omitempty"`
	// MinFirings is how many episodes a rule needs to be judged: 10..10000,
	// default 20.
	MinFirings int `json:"min_firings,omitempty"`
	// FalseDiscoveryRate is the share of wrong findings among all findings that
	// is accepted: 0.001..0.5, default 0.05.
	FalseDiscoveryRate float64 `json:"false_discovery_rate,omitempty"`
	// PrecisionWanted is the share of a rule's firings that must announce an
	// incident: 0.01..1, default 0.3.
	PrecisionWanted float64 `json:"precision_wanted,omitempty"`
	// ActedWanted is the share of a rule's alerts that somebody must act on:
	// 0.01..1, default 0.2.
	ActedWanted float64 `json:"acted_wanted,omitempty"`
	// Seed of the random shifts that prediction is tested with.
	Seed int64 `json:"seed,omitempty"`
	// Zone of hours, days and nights; nil: UTC.
	Zone *time.Location `json:"-"`
}

// confidence of all intervals.
const confidence = 0.95

// WithDefaults fills in what is left at zero.
func (o Options) WithDefaults() Options {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	share := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		}
	}
	hour := func(v **int, d int) {
		if *v == nil {
			*v = &d
		}
	}
	def(&o.HorizonMinutes, 60)
	def(&o.LateMinutes, 15)
	def(&o.FlapMinutes, 15)
	def(&o.DuplicateSeconds, 60)
	def(&o.MinutesLostPerWakeUp, 30)
	def(&o.MinFirings, 20)
	hour(&o.NightFromHour, 22)
	hour(&o.NightToHour, 7)
	share(&o.FalseDiscoveryRate, 0.05)
	share(&o.PrecisionWanted, 0.3)
	share(&o.ActedWanted, 0.2)
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	return o
}

// Check returns every fault of the options, joined, or nil.
func (o Options) Check() error {
	var errs []error
	o = o.WithDefaults()
	number := func(name string, v, low, high int) {
		if v < low || v > high {
			errs = append(errs, fmt.Errorf("%s is %d, want %d..%d", name, v, low, high))
		}
	}
	share := func(name string, v, low, high float64) {
		if !(v >= low && v <= high) {
			errs = append(errs, fmt.Errorf("%s is %v, want %v..%v", name, v, low, high))
		}
	}
	number("horizon_minutes", o.HorizonMinutes, 1, 10080)
	number("late_minutes", o.LateMinutes, 1, 1440)
	number("flap_minutes", o.FlapMinutes, 1, 240)
	number("duplicate_seconds", o.DuplicateSeconds, 1, 3600)
	number("minutes_lost_per_wake_up", o.MinutesLostPerWakeUp, 1, 240)
	number("min_firings", o.MinFirings, 10, 10000)
	number("night_from_hour", *o.NightFromHour, 0, 23)
	number("night_to_hour", *o.NightToHour, 0, 23)
	share("false_discovery_rate", o.FalseDiscoveryRate, 0.001, 0.5)
	share("precision_wanted", o.PrecisionWanted, 0.01, 1)
	share("acted_wanted", o.ActedWanted, 0.01, 1)
	if *o.NightFromHour == *o.NightToHour {
		errs = append(errs, fmt.Errorf("night_from_hour and night_to_hour are both %d, want two hours", *o.NightFromHour))
	}
	if !o.From.IsZero() && !o.Until.IsZero() && !o.From.Before(o.Until) {
		errs = append(errs, fmt.Errorf("from is %s, want a time before until, %s", o.From.Format(time.RFC3339), o.Until.Format(time.RFC3339)))
	}
	return errors.Join(errs...)
}
