package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/alerts"
)

// report has days with 0, 1, 2, ... alerts in turn, up to most.
func report(from string, days, most int) *alerts.Report {
	r := &alerts.Report{Timezone: "Europe/Berlin & <more>"}
	at, err := time.Parse(time.DateOnly, from)
	if err != nil {
		panic(err)
	}
	for i := range days {
		n := i % (most + 1)
		r.Daily = append(r.Daily, alerts.Day{Date: at.AddDate(0, 0, i).Format(time.DateOnly), Alerts: n, NightAlerts: n / 3})
	}
	return r
}

// texts reads an SVG, which must be well formed, and counts its parts.
func texts(t *testing.T, svg []byte) (text string, paths int) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return text, paths
		}
		require.NoError(t, err)
		switch e := token.(type) {
		case xml.CharData:
			text += " " + strings.TrimSpace(string(e))
		case xml.StartElement:
			if e.Name.Local == "path" {
				paths++
			}
		}
	}
}

func TestACalendarHasACellForEachDay(t *testing.T) {
	t.Parallel()
	svg, err := Calendar(report("2024-12-20", 400, 9), SVG)
	require.NoError(t, err)
	text, paths := texts(t, svg)
	assert.Equal(t, 400+len(shades)+1, paths, "days, legend, background")
	for _, want := range []string{"2024", "2025", "2026", "Jan", "Mon", "7–9 alerts"} {
		assert.Contains(t, text, want)
	}
}

func TestADailyChartHasABarForEachDay(t *testing.T) {
	t.Parallel()
	svg, err := Daily(report("2026-01-01", 90, 6), SVG)
	require.NoError(t, err)
	text, paths := texts(t, svg)
	assert.Greater(t, paths, 180)
	for _, want := range []string{"Alerts a day, Europe/Berlin & <more>", "Feb 2026", "at night", "mean of 7 days"} {
		assert.Contains(t, text, want)
	}
	assert.NotContains(t, text, "0.5", "no half alerts")
}

var painters = map[string]func(*alerts.Report, Format) ([]byte, error){"calendar": Calendar, "daily": Daily}

func TestPicturesAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	for name, paint := range painters {
		for _, f := range []Format{SVG, PNG} {
			one, err := paint(report("2026-01-01", 40, 9), f)
			require.NoError(t, err)
			again, err := paint(report("2026-01-01", 40, 9), f)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(one, again), "%s as %s", name, f)
		}
		_, err := paint(report("2020-01-01", 1, 1), "bmp")
		assert.ErrorContains(t, err, `format is "bmp", want svg or png`)
	}
}

func TestTheShortestAndTheLongestHistoryAreDrawn(t *testing.T) {
	t.Parallel()
	for name, paint := range painters {
		for _, days := range []int{1, alerts.MaxDays} {
			b, err := paint(report("2020-01-01", days, 40), PNG)
			require.NoError(t, err)
			picture, err := png.Decode(bytes.NewReader(b))
			require.NoError(t, err, "%s of %d days", name, days)
			assert.Greater(t, picture.Bounds().Dx(), 1000)
		}
	}
}

func TestDaysLieInTheirWeek(t *testing.T) {
	t.Parallel()
	for date, want := range map[string][2]int{"2026-01-01": {0, 3}, "2026-01-04": {0, 6}, "2026-01-05": {1, 0}, "2026-12-31": {52, 3}, "2028-12-31": {52, 6}, "2024-01-01": {0, 0}} {
		d, err := time.Parse(time.DateOnly, date)
		require.NoError(t, err)
		column, row := place(time.Date(d.Year(), 1, 1, 0, 0, 0, 0, time.UTC), d)
		assert.Equal(t, want, [2]int{column, row}, date)
	}
}

func TestShadesSplitTheRange(t *testing.T) {
	t.Parallel()
	for most, want := range map[int][]int{0: {0, 1}, 1: {0, 1}, 3: {0, 1, 2, 3}, 100: {0, 25, 50, 75, 100}} {
		assert.Equal(t, want, shadeBounds(most), "%d", most)
	}
	bounds := shadeBounds(100)
	for alerts, want := range map[int]int{0: 0, 1: 1, 25: 1, 26: 2, 100: 4} {
		assert.Equal(t, want, shadeOf(alerts, bounds), "%d alerts", alerts)
	}
	assert.Equal(t, 4, shadeOf(1, shadeBounds(1)), "the worst day is darkest")
}
