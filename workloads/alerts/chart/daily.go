package chart

import (
	"fmt"
	"image/color"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/spotgrid/spotgrid/workloads/alerts"
)

const (
	dailyWidth  = 760
	dailyHeight = 240
	// meanDays is over how many days the line in the chart is a mean.
	meanDays = 7
	// ticks on the axis of days, at most.
	maxDayTicks = 12
)

// textHandler lays out all text.
var textHandler = plot.DefaultTextHandler

// Daily draws the alerts of each day as a bar, those at night in another colour
// at its foot, and the mean of the last seven days as a line.
func Daily(r *alerts.Report, f Format) ([]byte, error) {
	p := plot.New()
	p.Title.Text = fmt.Sprintf("Alerts a day, %s", r.Timezone)
	p.BackgroundColor = color.White
	for _, style := range []*draw.TextStyle{&p.Title.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle} {
		font := sans(9, ink).Font
		style.Font, style.Color = font, ink
	}
	p.Title.TextStyle.Font.Size = 11
	// At the left the names end where nothing is, however wide a viewer's font is.
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.XOffs, p.Legend.Padding = 8, 4
	p.Y.Min = 0
	p.Y.Max = math.Max(1, 1.35*float64(most(r.Daily)))
	p.X.Min, p.X.Max = -0.5, float64(len(r.Daily))-0.5
	p.X.Tick.Marker = plot.ConstantTicks(dayTicks(r.Daily))
	p.Y.Tick.Marker = wholeTicks{}
	if err := addBars(p, r.Daily); err != nil {
		return nil, fmt.Errorf("drawing the daily chart: %w", err)
	}
	return render(f, dailyWidth, dailyHeight, func(c draw.Canvas) { p.Draw(draw.Crop(c, 6, -10, 4, -6)) })
}

func addBars(p *plot.Plot, days []alerts.Day) error {
	night, other := make(plotter.Values, len(days)), make(plotter.Values, len(days))
	mean := make(plotter.XYs, len(days))
	sum := 0
	for i, d := range days {
		night[i], other[i] = float64(d.NightAlerts), float64(d.Alerts-d.NightAlerts)
		if sum += d.Alerts; i >= meanDays {
			sum -= days[i-meanDays].Alerts
		}
		mean[i] = plotter.XY{X: float64(i), Y: float64(sum) / float64(min(i+1, meanDays))}
	}
	width := vg.Length(math.Max(0.4, 0.8*(dailyWidth-60)/float64(len(days))))
	lower, err := plotter.NewBarChart(night, width)
	if err != nil {
		return err
	}
	upper, err := plotter.NewBarChart(other, width)
	if err != nil {
		return err
	}
	line, err := plotter.NewLine(mean)
	if err != nil {
		return err
	}
	lower.Color, upper.Color = nightBlue, dayBlue
	lower.LineStyle.Width, upper.LineStyle.Width = 0, 0
	upper.StackOn(lower)
	line.Color, line.Width = orange, vg.Points(1.2)
	p.Add(lower, upper, line)
	p.Legend.Add("by day", upper)
	p.Legend.Add("at night", lower)
	p.Legend.Add(fmt.Sprintf("mean of %d days", meanDays), line)
	return nil
}

// dayTicks names the first days of months, or, in a short history, single days.
func dayTicks(days []alerts.Day) []plot.Tick {
	var ticks []plot.Tick
	for i, d := range days {
		t, err := time.Parse(time.DateOnly, d.Date)
		switch {
		case err != nil:
		case len(days) <= 62 && i%max(1, (len(days)+maxDayTicks-1)/maxDayTicks) == 0:
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: t.Format("2 Jan")})
		case len(days) > 62 && t.Day() == 1:
			ticks = append(ticks, plot.Tick{Value: float64(i), Label: t.Format("Jan 2006")})
		}
	}
	for every, i := (len(ticks)+maxDayTicks-1)/maxDayTicks, 0; i < len(ticks); i++ {
		if i%every != 0 {
			ticks[i].Label = "" // a small tick
		}
	}
	return ticks
}

// wholeTicks are the default ones without fractions: there is no half an alert.
type wholeTicks struct{}

func (wholeTicks) Ticks(low, high float64) []plot.Tick {
	var out []plot.Tick
	for _, t := range (plot.DefaultTicks{}).Ticks(low, high) {
		if t.Value == math.Trunc(t.Value) {
			out = append(out, t)
		}
	}
	return out
}
