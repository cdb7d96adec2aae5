package chart

import (
	"fmt"
	"time"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/spotgrid/spotgrid/workloads/alerts"
)

// Sizes of a calendar, in points.
const (
	cell       = 11
	step       = 13
	leftMargin = 34
	yearHead   = 24 // the year and its months' names
	yearHeight = yearHead + 7*step + 10
	legendHigh = 22
	calWidth   = leftMargin + 54*step + 10 // a year touches 54 weeks at most
)

// Calendar draws a year as a row of weeks, each week a column from Monday to
// Sunday, and each day the darker the more alerts it had.
func Calendar(r *alerts.Report, f Format) ([]byte, error) {
	years := byYear(r.Daily)
	height := vg.Length(len(years)*yearHeight + legendHigh)
	bounds := shadeBounds(most(r.Daily))
	return render(f, calWidth, height, func(c draw.Canvas) {
		top := height
		for _, y := range years {
			y.paint(c, top, bounds)
			top -= yearHeight
		}
		legend(c, bounds)
	})
}

// day is one with its date read.
type day struct {
	at     time.Time
	alerts int
}

type year []day

// byYear splits days, which are in order.
func byYear(days []alerts.Day) []year {
	var years []year
	for _, d := range days {
		t, err := time.Parse(time.DateOnly, d.Date)
		if err != nil {
			continue
		}
		if last := len(years) - 1; last < 0 || years[last][0].at.Year() != t.Year() {
			years = append(years, nil)
		}
		years[len(years)-1] = append(years[len(years)-1], day{t, d.Alerts})
	}
	return years
}

// paint draws one year below top.
func (y year) paint(c draw.Canvas, top vg.Length, bounds []int) {
	c.FillText(sans(11, ink), vg.Point{X: 4, Y: top - 14}, y[0].at.Format("2006"))
	for i, name := range []string{"Mon", "", "Wed", "", "Fri", "", "Sun"} {
		c.FillText(sans(7, faint), vg.Point{X: 12, Y: top - yearHead - vg.Length(i)*step - cell + 3}, name)
	}
	first := time.Date(y[0].at.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	named := time.Month(0)
	for _, d := range y {
		column, row := place(first, d.at)
		x, at := leftMargin+vg.Length(column)*step, top-yearHead-vg.Length(row)*step-cell
		if m := d.at.Month(); m != named && d.at.Day() <= 7 {
			named = m
			c.FillText(sans(7, faint), vg.Point{X: x, Y: top - yearHead + 4}, d.at.Format("Jan"))
		}
		c.FillPolygon(shades[shadeOf(d.alerts, bounds)], corners(x, at, cell, cell))
	}
}

// place is the week of the year, from 0, and the day of the week, from Monday.
func place(first, d time.Time) (column, row int) {
	monday := func(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }
	return (d.YearDay() - 1 + monday(first)) / 7, monday(d)
}

// shadeBounds are the most alerts of each shade. The shades split the range up
// to the worst day evenly; fewer alerts than shades have one each.
func shadeBounds(most int) []int {
	bounds := []int{0}
	steps := min(len(shades)-1, max(most, 1))
	for i := 1; i <= steps; i++ {
		bounds = append(bounds, max(most, 1)*i/steps)
	}
	return bounds
}

func shadeOf(alerts int, bounds []int) int {
	for i, most := range bounds {
		if alerts <= most {
			return i * (len(shades) - 1) / (len(bounds) - 1)
		}
	}
	return len(shades) - 1
}

// legend names the shades at the foot.
func legend(c draw.Canvas, bounds []int) {
	x := vg.Length(leftMargin)
	for i, most := range bounds {
		name := fmt.Sprint(most)
		if i > 0 && bounds[i-1]+1 < most {
			name = fmt.Sprintf("%d–%d", bounds[i-1]+1, most)
		}
		if i == len(bounds)-1 {
			name += " alerts"
		}
		c.FillPolygon(shades[shadeOf(most, bounds)], corners(x, 7, cell, cell))
		style := sans(8, faint)
		style.XAlign = text.XLeft
		c.FillText(style, vg.Point{X: x + cell + 4, Y: 9}, name)
		x += cell + 12 + style.Width(name)
	}
}
