package amdahl

import (
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// Sizes of the plot, in points.
const (
	plotWidth  = 480
	plotHeight = 320
)

// Colours of the plot.
var (
	measuredColour = color.RGBA{R: 31, G: 119, B: 180, A: 255}
	lawColour      = color.RGBA{R: 214, G: 39, B: 40, A: 255}
	idealColour    = color.Gray{Y: 128}
)

// WritePlot draws, as SVG, the speedups of the timings, the law through them up
// to so many workers, and what workers that never wait would reach.
func WritePlot(w io.Writer, title string, timings []Timing, l Law, upTo int) error {
	p := plot.New()
	p.Title.Text = title
	p.X.Label.Text = "workers"
	p.Y.Label.Text = "speedup over one"
	p.X.Min, p.Y.Min = 1, 0
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	if err := drawCurves(p, timings, l, upTo); err != nil {
		return fmt.Errorf("plotting: %w", err)
	}
	out, err := p.WriterTo(plotWidth, plotHeight, "svg")
	if err == nil {
		_, err = out.WriteTo(w)
	}
	if err != nil {
		return fmt.Errorf("plotting: %w", err)
	}
	return nil
}

func drawCurves(p *plot.Plot, timings []Timing, l Law, upTo int) error {
	curve := func(speedup func(workers int) float64) plotter.XYs {
		var points plotter.XYs
		for workers := 1; workers <= upTo; workers++ {
			points = append(points, plotter.XY{X: float64(workers), Y: speedup(workers)})
		}
		return points
	}
	ideal, err := plotter.NewLine(curve(func(workers int) float64 { return float64(workers) }))
	if err != nil {
		return err
	}
	ideal.Color, ideal.Dashes = idealColour, []vg.Length{4, 3}
	law, err := plotter.NewLine(curve(l.Speedup))
	if err != nil {
		return err
	}
	law.Color = lawColour
	var points plotter.XYs
	for _, t := range timings {
		points = append(points, plotter.XY{X: float64(t.Workers), Y: l.OneWorkerSeconds / t.Seconds})
	}
	measured, err := plotter.NewScatter(points)
	if err != nil {
		return err
	}
	measured.Color = measuredColour
	p.Add(ideal, law, measured)
	p.Legend.Add("measured", measured)
	p.Legend.Add(fmt.Sprintf("Amdahl's law, %.1f %% serial", 100*l.SerialFraction), law)
	p.Legend.Add("no worker ever waits", ideal)
	return nil
}
