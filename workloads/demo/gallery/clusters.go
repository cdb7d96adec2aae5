package gallery

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"

	"github.com/spotgrid/spotgrid/workloads/kmeans"
	"github.com/spotgrid/spotgrid/workloads/npy"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

const (
	// maxPoints are drawn, each some 40 bytes of the page.
	maxPoints = 5000
	// palette is how many colors the style sheet has.
	palette = 8
)

// Size of the scatter plot, in units of the picture.
const (
	plotWidth, plotHeight = 720.0, 440.0
	plotLeft, plotBottom  = 44.0, 34.0
	plotMargin            = 12.0
)

// scatter is a picture of points in their clusters.
type scatter struct {
	kmeans.Result
	Width, Height, Left, Bottom, Right, Top float64
	Groups                                  []pointGroup
	Centers                                 []spot
	XTicks, YTicks                          []tick
}

// pointGroup are the points of one cluster, which has the color.
type pointGroup struct {
	Color  int
	Points []spot
}

// spot is a place in the picture.
type spot struct{ X, Y string }

// tick is a mark on an axis.
type tick struct{ At, Label string }

// fit is a row of the table of k-means jobs.
type fit struct {
	JobID string
	kmeans.Result
}

func (p *page) addKMeans() {
	results(p, kmeans.KindName, func(r volume.Record, k kmeans.Result) {
		p.Fits = append(p.Fits, fit{r.JobID, k})
		if k.Features != 2 || len(k.Output) != 2 || p.Clusters != nil {
			return
		}
		var err error
		if p.Clusters, err = p.scatter(k); err != nil {
			p.problem("the points of job %q: %v", r.JobID, err)
		}
	})
}

func (p *page) scatter(k kmeans.Result) (*scatter, error) {
	raw, err := readFile(p.Files, p.Points, maxDataBytes)
	if err != nil {
		return nil, err
	}
	data, err := kmeans.ReadPoints(p.Points, bytes.NewReader(raw), 2*maxPoints)
	if err != nil {
		return nil, err
	}
	labels, err := p.numbers(k.Output[0], maxPoints)
	if err != nil {
		return nil, err
	}
	centers, err := p.numbers(k.Output[1], 2*maxPoints)
	if err != nil {
		return nil, err
	}
	if data.Features != 2 || len(labels) != data.Points || k.Clusters < 1 || k.Clusters > maxPoints || len(centers) != 2*k.Clusters {
		return nil, fmt.Errorf("%d×%d points, %d labels and %d numbers of centers do not go together", data.Points, data.Features, len(labels), len(centers))
	}
	return draw(k, data, labels, centers)
}

func (p *page) numbers(file string, most int) ([]float64, error) {
	raw, err := readFile(p.Files, file, maxDataBytes)
	if err != nil {
		return nil, err
	}
	values, _, err := npy.Read(bytes.NewReader(raw), most)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", file, err)
	}
	return values, nil
}

func draw(k kmeans.Result, data kmeans.Dataset, labels, centers []float64) (*scatter, error) {
	s := &scatter{
		Result: k, Width: plotWidth, Height: plotHeight,
		Left: plotLeft, Bottom: plotHeight - plotBottom, Right: plotWidth - plotMargin, Top: plotMargin,
	}
	if i := slices.IndexFunc(centers, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }); i >= 0 {
		return nil, fmt.Errorf("center %d has %v, want a finite number", i/2, centers[i])
	}
	x, err := newAxis(data.Values, 0, s.Left, s.Right)
	if err != nil {
		return nil, err
	}
	y, err := newAxis(data.Values, 1, s.Bottom, s.Top)
	if err != nil {
		return nil, err
	}
	s.Groups = make([]pointGroup, k.Clusters)
	for i, label := range labels {
		at := int(label)
		if at < 0 || at >= k.Clusters || float64(at) != label {
			return nil, fmt.Errorf("label %d is %v, want a whole number in 0..%d", i, label, k.Clusters-1)
		}
		s.Groups[at].Color = at % palette
		s.Groups[at].Points = append(s.Groups[at].Points, spot{x.place(data.Values[2*i]), y.place(data.Values[2*i+1])})
	}
	for c := range k.Clusters {
		s.Centers = append(s.Centers, spot{x.place(centers[2*c]), y.place(centers[2*c+1])})
	}
	s.XTicks, s.YTicks = x.ticks(), y.ticks()
	return s, nil
}

// axis places values in the picture.
type axis struct{ low, high, from, to float64 }

// mostSpan is far below where the search for round numbers does not end: found
// by trying.
const mostSpan = 1e300

// newAxis spans the values of a column. A column of one value is drawn in the
// middle.
func newAxis(values []float64, column int, from, to float64) (axis, error) {
	a := axis{math.Inf(1), math.Inf(-1), from, to}
	for i := column; i < len(values); i += 2 {
		a.low, a.high = min(a.low, values[i]), max(a.high, values[i])
	}
	if a.low == a.high {
		half := max(1, math.Abs(a.low)/30) // 1 alone is lost beside a large value
		a.low, a.high = a.low-half, a.high+half
	}
	span := a.high - a.low
	if !(span > 0 && span <= mostSpan) { // NaN too
		return axis{}, fmt.Errorf("values from %g to %g cannot be drawn, want finite ones at most %g apart", a.low, a.high, mostSpan)
	}
	a.low, a.high = a.low-span/30, a.high+span/30
	return a, nil
}

func (a axis) place(v float64) string {
	return fmt.Sprintf("%.1f", a.from+(v-a.low)/(a.high-a.low)*(a.to-a.from))
}

// ticks are at round numbers.
func (a axis) ticks() []tick {
	var ticks []tick
	for _, t := range (plot.DefaultTicks{}).Ticks(a.low, a.high) {
		if t.Label != "" && t.Value >= a.low && t.Value <= a.high {
			ticks = append(ticks, tick{a.place(t.Value), t.Label})
		}
	}
	return ticks
}
