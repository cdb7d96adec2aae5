// Package page writes a report for people: one HTML page that needs nothing
// else, with its pictures in it.
package page

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/alerts"
	"github.com/spotgrid/spotgrid/workloads/alerts/chart"
	"github.com/spotgrid/spotgrid/workloads/wording"
)

// maxPageRules is how many rules a page lists; the report as JSON has all.
const maxPageRules = 1000

//go:embed page.html
var source string

var layout = template.Must(template.New("page").Funcs(template.FuncMap{
	"verdicts": func(r *alerts.Report, v string) int { return r.Verdicts[alerts.Verdict(v)] }, "count": wording.Count, "percent": wording.Percent, "hours": hours, "shade": shade, "rate": func(v float64) string { return fmt.Sprintf("%.3g", v) },
	"weekdays": func() []int { return []int{1, 2, 3, 4, 5, 6, 0} }, "dayName": func(d int) string { return dayNames[d] },
	"q": func(v float64) string { return fmt.Sprintf("%.2g", v) },
}).Parse(source))

var dayNames = [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}

// HTML renders the report. Text from the history is escaped, and the page is
// told to load and run nothing.
func HTML(r *alerts.Report) ([]byte, error) {
	calendar, err := chart.Calendar(r, chart.SVG)
	if err != nil {
		return nil, err
	}
	daily, err := chart.Daily(r, chart.SVG)
	if err != nil {
		return nil, err
	}
	rules := r.Rules[:min(len(r.Rules), maxPageRules)]
	var b bytes.Buffer
	err = layout.Execute(&b, map[string]any{
		"Report": r, "Rules": rules, "MoreRules": len(r.Rules) - len(rules) + r.RulesLeftOut,
		"Calendar": inline(calendar), "Daily": inline(daily), "Most": mostInHour(r),
	})
	if err != nil {
		return nil, fmt.Errorf("writing the page: %w", err)
	}
	return b.Bytes(), nil
}

// inline makes part of a page of a picture, which holds no text from outside but
// what was escaped.
func inline(svg []byte) template.HTML {
	s := string(svg)
	if i := strings.Index(s, "<svg"); i >= 0 {
		s = s[i:]
	}
	return template.HTML(s)
}

// File is one file of a report.
type File struct {
	Name string
	Data []byte
}

// Files are all of a report: the page, the report as JSON, and the pictures.
func Files(r *alerts.Report) ([]File, error) {
	html, err := HTML(r)
	if err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding the report: %w", err)
	}
	files := []File{{"report.html", html}, {"report.json", append(data, '\n')}}
	for _, p := range []struct {
		name  string
		paint func(*alerts.Report, chart.Format) ([]byte, error)
	}{{"calendar", chart.Calendar}, {"daily", chart.Daily}} {
		for _, f := range []chart.Format{chart.SVG, chart.PNG} {
			picture, err := p.paint(r, f)
			if err != nil {
				return nil, err
			}
			files = append(files, File{p.name + "." + string(f), picture})
		}
	}
	return files, nil
}

func hours(v float64) string { return fmt.Sprintf("%.1f h", v) }

func mostInHour(r *alerts.Report) int {
	most := 0
	for _, day := range r.ByWeekHour {
		for _, n := range day {
			most = max(most, n)
		}
	}
	return most
}

// shade is how dark a cell is: 0 for nothing, 1..4 by the share of the most.
func shade(n, most int) int {
	if n == 0 || most == 0 {
		return 0
	}
	return (4*n + most - 1) / most
}
