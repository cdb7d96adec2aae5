// Package chart draws what a report tells of days: a calendar in which each
// day is a cell, and a chart in which each is a bar. For one report the same
// bytes come out, always.
package chart

import (
	"bytes"
	"fmt"
	"image/color"
	"io"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/spotgrid/spotgrid/workloads/alerts"
)

// Format is a format of pictures.
type Format string

// The formats.
const (
	SVG Format = "svg"
	PNG Format = "png"
)

// dotsPerInch of a PNG.
const dotsPerInch = 144

var (
	ink       = color.NRGBA{0x24, 0x29, 0x2f, 0xff}
	faint     = color.NRGBA{0x6e, 0x77, 0x81, 0xff}
	nightBlue = color.NRGBA{0x3b, 0x2f, 0x7f, 0xff}
	dayBlue   = color.NRGBA{0x8f, 0xb4, 0xe3, 0xff}
	orange    = color.NRGBA{0xd4, 0x5b, 0x12, 0xff}
	// shades of a calendar's cell, from a day without alerts to the worst.
	shades = []color.NRGBA{{0xeb, 0xed, 0xf0, 0xff}, {0xfd, 0xd9, 0x9b, 0xff}, {0xfb, 0xa4, 0x5d, 0xff}, {0xe3, 0x5d, 0x35, 0xff}, {0x9c, 0x17, 0x1d, 0xff}}
)

// canvas is one that pictures are drawn on.
type canvas interface {
	vg.CanvasSizer
	io.WriterTo
}

// render draws a picture of a size.
func render(f Format, width, height vg.Length, paint func(draw.Canvas)) ([]byte, error) {
	var c canvas
	switch f {
	case SVG:
		c = vgsvg.New(width, height)
	case PNG:
		c = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dotsPerInch))}
	default:
		return nil, fmt.Errorf("drawing: format is %q, want %s or %s", f, SVG, PNG)
	}
	onto := draw.New(c)
	onto.FillPolygon(color.White, corners(0, 0, width, height))
	paint(onto)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("drawing: %w", err)
	}
	return b.Bytes(), nil
}

// sans is the style of all text.
func sans(size vg.Length, c color.Color) text.Style {
	return text.Style{Color: c, Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}, Handler: textHandler}
}

func corners(x, y, width, height vg.Length) []vg.Point {
	return []vg.Point{{X: x, Y: y}, {X: x + width, Y: y}, {X: x + width, Y: y + height}, {X: x, Y: y + height}}
}

func most(days []alerts.Day) int {
	n := 0
	for _, d := range days {
		n = max(n, d.Alerts)
	}
	return n
}
