package gallery

import (
	"bytes"
	"html/template"

	"github.com/spotgrid/spotgrid/workloads/alerts"
	"github.com/spotgrid/spotgrid/workloads/alerts/chart"
	"github.com/spotgrid/spotgrid/workloads/alerts/reportjob"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// maxRules of a report are listed.
const maxRules = 40

// alertReport is what a job of kind "alerts" gave.
type alertReport struct {
	*alerts.Report
	Calendar, Daily template.HTML
	Judged          []judged
	More            int
}

// judged is a rule with what it was made to be.
type judged struct {
	alerts.Rule
	Made string
}

func (p *page) addAlerts() {
	results(p, reportjob.KindName, func(r volume.Record, result reportjob.Result) {
		if result.Report == nil {
			p.problem("result of job %q has no report", r.JobID)
			return
		}
		a := alertReport{Report: result.Report}
		for _, picture := range []struct {
			to   *template.HTML
			draw func(*alerts.Report, chart.Format) ([]byte, error)
		}{{&a.Calendar, chart.Calendar}, {&a.Daily, chart.Daily}} {
			svg, err := picture.draw(a.Report, chart.SVG)
			if err != nil {
				p.problem("the calendar of job %q: %v", r.JobID, err)
				return
			}
			*picture.to = inline(svg)
		}
		for _, rule := range a.Rules[:min(len(a.Rules), maxRules)] {
			a.Judged = append(a.Judged, judged{rule, p.Truth[rule.Name]})
		}
		a.More = len(a.Rules) - len(a.Judged) + a.RulesLeftOut
		p.Alerts = append(p.Alerts, a)
	})
}

// inline is the part of a picture that a page takes. Package chart writes dates,
// numbers and the name of a timezone into it, which its SVG library escapes.
func inline(svg []byte) template.HTML {
	if i := bytes.Index(svg, []byte("<svg")); i >= 0 {
		svg = svg[i:]
	}
	return template.HTML(svg)
}
