package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spotgrid/spotgrid/workloads/vision"
)

// truth is where a face is: its middle and its side in pixels. Side 0: there
// is none in the picture.
type truth struct {
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	Side float64 `json:"side"`
}

// hits reports whether a found square is the face. The sides that detectors
// give one and the same face differ by half.
func (t truth) hits(x, y, side float64) bool {
	return t.Side > 0 && math.Hypot(x-t.X, y-t.Y) < 0.3*t.Side && side > 0.5*t.Side && side < 2*t.Side
}

const (
	facePictures = 100
	// noFacePictures come besides, without a face.
	noFacePictures          = 50
	sceneWidth, sceneHeight = 640, 480
)

// facesCase looks for one face, of 50 to 200 pixels, turned by up to 15
// degrees, lighter or darker and noisy, in pictures of shapes.
func facesCase() Case {
	var grays []*image.Gray
	var faces []truth
	c := visionCase("faces of 640 x 480", -1)
	c.Rounds = 3 // a round takes half a minute
	c.Prepare = func(ctx context.Context, dir string) (any, error) {
		portrait, err := portraitOf(ctx)
		if err != nil {
			return nil, err
		}
		grays, faces = drawFaces(portrait)
		task := visionTask{Step: "faces", Repetitions: 1, Faces: faces}
		task.Files, err = writeGrays(dir, grays)
		return task, err
	}
	c.Go = func(context.Context) (Sample, error) {
		finder, err := vision.NewFaceFinder()
		if err != nil {
			return Sample{}, err
		}
		found := make([][]vision.Face, len(grays))
		begun := time.Now()
		for i, g := range grays {
			found[i] = finder.Find(g, vision.DefaultFaces)
		}
		seconds := time.Since(begun).Seconds()
		hits, wrong := countFaces(found, faces)
		note := fmt.Sprintf("%d of %d faces found, and %d that are none", hits, facePictures, wrong)
		return Sample{Seconds: seconds, Value: float64(hits), Note: note}, nil
	}
	return c
}

// countFaces counts the faces that were found, and squares that are none.
func countFaces(found [][]vision.Face, faces []truth) (hits, wrong int) {
	for i, list := range found {
		isFound := false
		for _, f := range list {
			half := float64(f.Side) / 2
			if faces[i].hits(float64(f.X)+half, float64(f.Y)+half, float64(f.Side)) {
				isFound = true
			} else {
				wrong++
			}
		}
		if isFound {
			hits++
		}
	}
	return hits, wrong
}

// portraitOf is the photo that pigo is tested with: 320×400 pixels, a face
// around 160, 225 of 210 pixels.
func portraitOf(ctx context.Context) (*image.Gray, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/esimov/pigo").Output()
	if err != nil {
		return nil, fmt.Errorf("finding pigo, whose sample has a face: %w", err)
	}
	data, err := os.ReadFile(filepath.Join(string(bytes.TrimSpace(out)), "testdata", "sample.jpg"))
	if err != nil {
		return nil, err
	}
	p, err := vision.Decode(data, vision.DecodeOptions{})
	if err != nil {
		return nil, err
	}
	return vision.Luma(p.Picture), nil
}

const faceX, faceY, faceSide = 160, 225, 210

// drawFaces makes the pictures, the same each time.
func drawFaces(portrait *image.Gray) (grays []*image.Gray, faces []truth) {
	rng := rand.New(rand.NewPCG(4, 2))
	for i := range facePictures + noFacePictures {
		g := vision.Luma(vision.Shrink(drawPhoto(uint64(100+i), sceneWidth, sceneHeight), sceneWidth, sceneHeight))
		t := truth{}
		if i < facePictures {
			t = paste(g, portrait, rng)
		}
		grays, faces = append(grays, g), append(faces, t)
	}
	return grays, faces
}

// paste puts the portrait into the picture, changed by chance.
func paste(g, portrait *image.Gray, rng *rand.Rand) truth {
	scale := (50 + 150*rng.Float64()) / faceSide
	angle := (rng.Float64()*2 - 1) * 15 * math.Pi / 180
	gain, noise := 0.5+0.8*rng.Float64(), 1+rng.IntN(24)
	margin := 200 * scale
	t := truth{Side: faceSide * scale}
	t.X = margin + rng.Float64()*(sceneWidth-2*margin)
	t.Y = margin + rng.Float64()*(sceneHeight-2*margin)
	sin, cos := math.Sincos(angle)
	// Shrunk first, as picking pixels would leave some out.
	width, height := vision.Fit(portrait.Rect.Dx(), portrait.Rect.Dy(), int(400*min(scale, 1)+0.5))
	small := vision.Luma(vision.Shrink(portrait, width, height))
	ratio := float64(width) / float64(portrait.Rect.Dx())
	for y := range sceneHeight {
		for x := range sceneWidth {
			dx, dy := (float64(x)-t.X)/scale, (float64(y)-t.Y)/scale
			at := image.Pt(int((faceX+cos*dx+sin*dy)*ratio), int((faceY-sin*dx+cos*dy)*ratio))
			if at.In(small.Rect) {
				v := float64(small.Pix[at.Y*small.Stride+at.X])*gain + float64(rng.IntN(noise))
				g.Pix[y*g.Stride+x] = byte(min(v, 255))
			}
		}
	}
	return t
}
