package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/spotgrid/spotgrid/workloads/vision"
)

// visionTask is what py/vision.py is asked.
type visionTask struct {
	// Step names a function of the script.
	Step string `json:"step"`
	// Files are pictures that Prepare made: a JPEG for the decode step, gray
	// PNGs for the others.
	Files []string `json:"files"`
	// LongSide the JPEG is shrunk to, in pixels.
	LongSide int `json:"long_side,omitempty"`
	// PhotoSide is the longer side it has.
	PhotoSide int `json:"photo_side,omitempty"`
	// Repetitions are done and timed together; a sample is the time of one
	// over all files.
	Repetitions int `json:"repetitions"`
	// Faces are the true ones of each file, for the faces step.
	Faces []truth `json:"faces,omitempty"`
}

// Sizes of the pictures: what a phone takes, and what jobs look at.
const (
	photoWidth, photoHeight = 4000, 3000
	workWidth, workHeight   = 1024, 768
)

// visionCases compare the steps of vision jobs with OpenCV's, one photo at a
// time on one thread. Beside seconds they compare what came out.
func visionCases() []Case {
	return []Case{
		decodeCase("photo of 12 megapixels, JPEG to 1,024 pixels", 1024),
		decodeCase("photo of 12 megapixels, JPEG to 256 pixels", 256),
		stepCase("Sobel gradient of 1,024 x 768", "sobel", 1e-9, func(g *image.Gray) float64 {
			s := vision.Sobel(g)
			return float64(s.X[workWidth*10+10]) + float64(s.Y[len(s.Y)/2])
		}),
		stepCase("Canny edges of 1,024 x 768", "canny", 1e-9, func(g *image.Gray) float64 {
			return vision.Density(vision.Edges(g, vision.DefaultEdges))
		}),
		stepCase("FAST corners of 1,024 x 768", "fast", 1e-9, func(g *image.Gray) float64 {
			return float64(len(vision.Corners(g, vision.DefaultCornerThreshold)))
		}),
		stepCase("perceptual hash of 1,024 x 768", "phash", 0.02, func(g *image.Gray) float64 {
			h, _ := vision.PerceptualHash(g)
			return float64(bits.OnesCount64(uint64(h)))
		}),
		facesCase(),
	}
}

// visionCase is what all have in common.
func visionCase(name string, tolerance float64) Case {
	return Case{Name: "vision: " + name, Peer: "OpenCV", Threads: 1, Script: "vision.py", RelativeTolerance: tolerance}
}

// decodeCase reads a JPEG, shrinks it and has its luma.
func decodeCase(name string, longSide int) Case {
	const repetitions = 3
	var data []byte
	c := visionCase(name, 0.005)
	c.Prepare = func(_ context.Context, dir string) (any, error) {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, drawPhoto(1, photoWidth, photoHeight), &jpeg.Options{Quality: 90}); err != nil {
			return nil, err
		}
		data = b.Bytes()
		file := filepath.Join(dir, "photo.jpg")
		return visionTask{Step: "decode", Files: []string{file}, LongSide: longSide, PhotoSide: photoWidth, Repetitions: repetitions}, os.WriteFile(file, data, 0o600)
	}
	c.Go = func(context.Context) (Sample, error) {
		var p vision.Photo
		var err error
		begun := time.Now()
		for range repetitions {
			if p, err = vision.Decode(data, vision.DecodeOptions{LongSide: longSide}); err != nil {
				return Sample{}, err
			}
		}
		seconds := time.Since(begun).Seconds() / repetitions
		return Sample{Seconds: seconds, Value: mean(vision.Luma(p.Picture).Pix)}, nil
	}
	return c
}

// stepCase does one step with some gray pictures.
func stepCase(name, step string, tolerance float64, do func(g *image.Gray) float64) Case {
	const repetitions, pictures = 5, 4
	var grays []*image.Gray
	c := visionCase(name, tolerance)
	c.Prepare = func(_ context.Context, dir string) (any, error) {
		task := visionTask{Step: step, Repetitions: repetitions}
		grays = nil
		for seed := range uint64(pictures) {
			grays = append(grays, vision.Luma(vision.Shrink(drawPhoto(seed+1, 2*workWidth, 2*workHeight), workWidth, workHeight)))
		}
		var err error
		task.Files, err = writeGrays(dir, grays)
		return task, err
	}
	c.Go = func(context.Context) (Sample, error) {
		value := 0.0
		begun := time.Now()
		for range repetitions {
			value = 0
			for _, g := range grays {
				value += do(g)
			}
		}
		seconds := time.Since(begun).Seconds() / repetitions
		return Sample{Seconds: seconds, Value: value}, nil
	}
	return c
}

func writeGrays(dir string, grays []*image.Gray) ([]string, error) {
	var files []string
	for i, g := range grays {
		var b bytes.Buffer
		if err := png.Encode(&b, g); err != nil {
			return nil, err
		}
		files = append(files, filepath.Join(dir, fmt.Sprintf("%03d.png", i)))
		if err := os.WriteFile(files[i], b.Bytes(), 0o600); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func mean(values []byte) float64 {
	total := 0
	for _, v := range values {
		total += int(v)
	}
	return float64(total) / float64(len(values))
}

// drawPhoto draws shapes on a sky, with the noise of a sensor.
func drawPhoto(seed uint64, width, height int) *image.RGBA {
	rng := rand.New(rand.NewPCG(seed, 9))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for range 60 {
		c := color.RGBA{R: byte(rng.IntN(256)), G: byte(rng.IntN(256)), B: byte(rng.IntN(256)), A: 255}
		cx, cy, r := rng.IntN(width), rng.IntN(height), 8+rng.IntN(height/6)
		isDisc := rng.IntN(2) == 0
		for y := max(0, cy-r); y < min(height, cy+r); y++ {
			for x := max(0, cx-r); x < min(width, cx+r); x++ {
				if !isDisc || (x-cx)*(x-cx)+(y-cy)*(y-cy) < r*r {
					img.SetRGBA(x, y, c)
				}
			}
		}
	}
	for i := range img.Pix {
		img.Pix[i] = byte(min(255, int(img.Pix[i])+rng.IntN(16)))
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}
