package history

import (
	"fmt"
	"strings"
	"time"
)

// timesAllowed says how a time may look.
const timesAllowed = "want 2006-01-02T15:04:05Z or with an offset, 2006-01-02 15:04:05 in the given time zone, or seconds or milliseconds since 1970"

// Times must lie in these years: outside them a number is no time.
const (
	firstYear = 1990
	lastYear  = 2100
)

var (
	firstMillis = time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastMillis  = time.Date(lastYear, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
)

// layouts beside RFC 3339. The first is that of the times inside CloudWatch's
// data, the others have no zone and are read in the one given.
var layouts = []string{"2006-01-02T15:04:05-0700", time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04"}

// parseTime reads a time in milliseconds since 1970.
func parseTime(s string, zone *time.Location) (int64, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, fmt.Errorf("is empty, %s", timesAllowed)
	}
	if millis, ok := parseEpoch(s); ok {
		return inRange(millis, s)
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return inRange(t.UnixMilli(), s)
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return inRange(t.UnixMilli(), s)
		}
	}
	return 0, fmt.Errorf("is %s, %s", quoted(s), timesAllowed)
}

// parseEpoch reads seconds, with a fraction or not, or milliseconds: 11 digits
// and fewer before the point are seconds, which go to the year 5138.
func parseEpoch(s string) (int64, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	if len(whole) < 9 || len(whole) > 14 || len(fraction) > 9 {
		return 0, false
	}
	n := int64(0)
	for _, c := range []byte(whole) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	for _, c := range []byte(fraction) {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	if len(whole) > 11 {
		return n, true
	}
	n *= 1000
	for i, scale := 0, int64(100); i < min(len(fraction), 3); i, scale = i+1, scale/10 {
		n += int64(fraction[i]-'0') * scale
	}
	return n, true
}

func inRange(millis int64, s string) (int64, error) {
	if millis < firstMillis || millis >= lastMillis {
		return 0, fmt.Errorf("is %s, want a year from %d to %d", quoted(s), firstYear, lastYear-1)
	}
	return millis, nil
}

// jsonTime is a time in JSON: a string or a number, as it stands there; "" for
// null.
type jsonTime string

func (t *jsonTime) UnmarshalJSON(b []byte) error {
	s := string(b)
	if s == "null" {
		s = ""
	}
	*t = jsonTime(strings.Trim(s, `"`))
	return nil
}
