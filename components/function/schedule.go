package function

import (
	"encoding/json"

	"github.com/spotgrid/spotgrid/components/cron"
	"github.com/spotgrid/spotgrid/components/limits"
)

// Schedule calls a function by the clock.
type Schedule struct {
	// Cron is when, in UTC: minute, hour, day of the month, month, day of the
	// week, as crontab has it.
	Cron string
	// Payload is the JSON that the function is called with; "" is {}.
	Payload string
}

func (a Args) checkSchedules(f *limits.Faults, c Caps) {
	if len(a.Schedules) > 0 && !c.Schedules {
		f.Addf("schedules are given, but there is no clock that calls a function here: let cron run `spotgrid invoke`")
		return
	}
	for _, s := range a.Schedules {
		if _, err := cron.Parse(s.Cron); err != nil {
			f.Add(err)
		}
		if s.Payload != "" && !json.Valid([]byte(s.Payload)) {
			f.Addf("payload of schedule %q is %q, want JSON", s.Cron, s.Payload)
		}
	}
}
