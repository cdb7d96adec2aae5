package main

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of the plot, in points.
const (
	plotWidth  = 800
	plotRow    = 26
	plotAround = 90
	plotGap    = 36
)

// Colours of the plot.
var (
	ratioColour = color.RGBA{R: 31, G: 119, B: 180, A: 255}
	aimColour   = color.RGBA{R: 214, G: 39, B: 40, A: 255}
	equalColour = color.Gray{Y: 128}
)

// measuredRows are the ratios to plot, the first case on top.
type measuredRows struct {
	names  []string
	ratios plotter.XYs
	// fromMedian are the distances of the quartiles from the median.
	fromMedian plotter.XErrors
	aims       plotter.XYs
}

func (r Report) rows() measuredRows {
	var m measuredRows
	for i := len(r.Outcomes) - 1; i >= 0; i-- {
		o := r.Outcomes[i]
		if o.Ratio == nil {
			continue
		}
		y := float64(len(m.names))
		m.names = append(m.names, o.Name)
		m.ratios = append(m.ratios, plotter.XY{X: o.Ratio.Median, Y: y})
		m.fromMedian = append(m.fromMedian, struct{ Low, High float64 }{o.Ratio.Median - o.Ratio.Q1, o.Ratio.Q3 - o.Ratio.Median})
		if o.Aim > 0 {
			m.aims = append(m.aims, plotter.XY{X: o.Aim, Y: y})
		}
	}
	return m
}

// plot draws the ratios, of which there is at least one, each in a row, as SVG
// (or what the file's name ends in).
func (r Report) plot(file string) error {
	rows := r.rows()
	p := plot.New()
	styleText(p)
	p.Title.Text = "Our time divided by the peer's (below 1 is faster)"
	p.X.Label.Text = "dot: measured, with quartiles; triangle: aim"
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	p.X.Min, p.X.Max = rows.decades()
	p.X.Min *= 0.999 // or rounding hides the first tick
	p.Y.Min, p.Y.Max = -0.7, float64(len(rows.names))-0.3
	p.NominalY(rows.names...)
	p.Add(plotter.NewGrid())
	if err := rows.draw(p); err != nil {
		return fmt.Errorf("plotting: %w", err)
	}
	if err := p.Save(plotWidth, vg.Length(plotAround+plotRow*len(rows.names)), file); err != nil {
		return fmt.Errorf("plotting: %w", err)
	}
	return offerFonts(file)
}

// family is what text is laid out for; viewers without it have another of the same
// widths, or one that is a little wider, for which there is room.
const family = "Liberation Sans"

func styleText(p *plot.Plot) {
	for _, f := range []*font.Font{&p.Title.TextStyle.Font, &p.X.Label.TextStyle.Font, &p.X.Tick.Label.Font, &p.Y.Tick.Label.Font} {
		f.Typeface, f.Variant = "Liberation", "Sans"
	}
	p.Y.Padding = plotGap
}

// offerFonts names fonts to take in place of family, where the file is SVG.
func offerFonts(file string) error {
	b, err := os.ReadFile(file)
	if err == nil && filepath.Ext(file) == ".svg" {
		b = bytes.ReplaceAll(b, []byte("font-family:"+family), []byte("font-family:"+family+",Arial,Helvetica,sans-serif"))
		err = os.WriteFile(file, b, 0o644)
	}
	if err != nil {
		return fmt.Errorf("plotting: %w", err)
	}
	return nil
}

// decades are the powers of ten around 1, all ratios and aims.
func (m measuredRows) decades() (low, high float64) {
	low, high = 1, 1
	for _, points := range []plotter.XYs{m.ratios, m.aims} {
		for _, point := range points {
			low, high = min(low, point.X), max(high, point.X)
		}
	}
	return math.Pow10(int(math.Floor(math.Log10(low * 0.99)))), math.Pow10(int(math.Ceil(math.Log10(high * 1.01))))
}

func (m measuredRows) draw(p *plot.Plot) error {
	equal, err := plotter.NewLine(plotter.XYs{{X: 1, Y: p.Y.Min}, {X: 1, Y: p.Y.Max}})
	if err != nil {
		return err
	}
	equal.Color, equal.Dashes = equalColour, []vg.Length{4, 3}
	p.Add(equal)
	quartiles, err := plotter.NewXErrorBars(struct {
		plotter.XYer
		plotter.XErrorer
	}{m.ratios, m.fromMedian})
	if err != nil {
		return err
	}
	quartiles.Color = ratioColour
	medians, err := plotter.NewScatter(m.ratios)
	if err != nil {
		return err
	}
	medians.Color, medians.Shape = ratioColour, draw.CircleGlyph{}
	p.Add(quartiles, medians)
	if len(m.aims) == 0 {
		return nil
	}
	aims, err := plotter.NewScatter(m.aims)
	if err != nil {
		return err
	}
	aims.Color, aims.Shape = aimColour, draw.PyramidGlyph{}
	p.Add(aims)
	return nil
}
