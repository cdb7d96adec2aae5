package cron

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestASchedulesWaysToBeSaid(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ unix, aws string }{
		"*/5 * * * *":          {"*/5 * * * *", "cron(0/5 * * * ? *)"},
		"30 4 * * 1":           {"30 4 * * 1", "cron(30 4 ? * MON *)"},
		"0 0 1 jan,jul *":      {"0 0 1 JAN,JUL *", "cron(0 0 1 JAN,JUL ? *)"},
		"0 9-17 * * mon-fri":   {"0 9-17 * * MON-FRI", "cron(0 9-17 ? * MON,TUE,WED,THU,FRI *)"},
		"0  0 * *  5-7":        {"0 0 * * 5-7", "cron(0 0 ? * FRI,SAT,SUN *)"},
		"0 0 * * 7,0":          {"0 0 * * 7,0", "cron(0 0 ? * SUN *)"},
		"0 0 * * */2":          {"0 0 * * */2", "cron(0 0 ? * SUN,TUE,THU,SAT *)"},
		"10-50/20 0-6/2 * * *": {"10-50/20 0-6/2 * * *", "cron(10,30,50 0,2,4,6 * * ? *)"},
	} {
		s, err := Parse(text)
		require.NoError(t, err, text)
		assert.Equal(t, want.unix, s.Unix(), text)
		assert.Equal(t, want.aws, s.AWS(), text)
	}
}

func TestWhatIsNoScheduleIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                "want five fields",
		"* * * *":         "want five fields",
		"rate(5 minutes)": "want five fields",
		"60 * * * *":      `minute is "60", want 0..59`,
		"* 24 * * *":      `hour is "24", want 0..23`,
		"* * 0 * *":       `day of the month is "0", want 1..31`,
		"* * * foo *":     `month is "foo", want 1..12`,
		"* * * * 8":       `day of the week is "8", want 0..7`,
		"*/0 * * * *":     `step of minute is "0"`,
		"5/10 * * * *":    "want a step behind * or a range",
		"30-10 * * * *":   "want a range that goes upwards",
		"0 0 1 * 1":       "not both",
		"1,,2 * * * *":    `minute is ""`,
	} {
		_, err := Parse(text)
		assert.ErrorContains(t, err, want, text)
	}
}
