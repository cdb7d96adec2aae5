// Package gallery makes one HTML page of what jobs gave: photos, clusters,
// alerts, commands, who ran what when, and what it would have cost. The page
// needs nothing else and loads and runs nothing.
package gallery

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"time"

	"github.com/spotgrid/spotgrid/workloads/pricing"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/wording"
)

// Input is what the page is made of. Parts that are missing are left out of the
// page, which says so.
type Input struct {
	// Stack is the name of the grid's stack.
	Stack string
	// Made is when the page was made.
	Made time.Time
	// Records are how the jobs ended, those that were given up included.
	Records []volume.Record
	// Files are the users' files, of which results name some.
	Files fs.FS
	// Points is the file with the points that the jobs of kind "kmeans" with an
	// output folder clustered: only those of two features are drawn.
	Points string
	// Truth says of alert rules what they were made to be; may be nil.
	Truth map[string]string
	// Machines are what costs are told for, one column each; PricesAsOf is when
	// their prices held.
	Machines   []pricing.Machine
	PricesAsOf string
	// LeftOut is what the batch could have had and had not.
	LeftOut []LeftOut
}

// LeftOut is something that was not done, and why.
type LeftOut struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

//go:embed page.html
var pageSource string

//go:embed style.css
var style string

var layout = template.Must(template.New("page").Funcs(template.FuncMap{
	"count": wording.Count, "seconds": wording.Seconds, "percent": wording.Percent, "dollars": wording.USD, "base": path.Base,
	"style": func() template.CSS { return template.CSS(style) },
}).Parse(pageSource))

// page is what the template shows.
type page struct {
	Input
	Problems []string

	Summary  summary
	Photos   *photoSheet
	Groups   *duplicateGroups
	Clusters *scatter
	Fits     []fit
	Alerts   []alertReport
	Commands []commandRun
	Others   []other
	Timeline *timeline
	Costs    costs
}

// HTML renders the page. A file that cannot be shown is named on the page, and
// the rest is there all the same. All text from jobs and files is escaped.
func HTML(in Input) ([]byte, error) {
	p := &page{Input: in}
	p.Summary = summarize(in)
	p.addPhotos()
	p.addDuplicates()
	p.addKMeans()
	p.addAlerts()
	p.addOthers()
	p.Timeline = newTimeline(in.Records)
	p.Costs = costsOf(in)
	var b bytes.Buffer
	if err := layout.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("writing the gallery of stack %q: %w", in.Stack, err)
	}
	return b.Bytes(), nil
}

func (p *page) problem(format string, args ...any) {
	p.Problems = append(p.Problems, fmt.Sprintf(format, args...))
}
