package photojob

import (
	"errors"
	"fmt"
	"image"
	"os"
	"path"
	"runtime/debug"

	"github.com/spotgrid/spotgrid/workloads/vision"
)

// looker looks at photos one by one. It is safe for concurrent use.
type looker struct {
	payload    Payload
	root       *os.Root
	output     *output
	faces      *vision.FaceFinder
	photoBytes int
}

// look does the steps. What is wrong with the photo is part of what is known
// of it; an error is the volume's.
func (l *looker) look(file string) (Photo, error) {
	photo, err := l.try(file)
	if isUnfit(err) {
		return Photo{File: file, Error: err.Error()}, nil
	}
	if err != nil {
		return Photo{}, fmt.Errorf("looking at photo %q: %w", file, err)
	}
	return photo, nil
}

// try looks at a photo. What makes the code panic would do so again, and must
// not take the worker with it, as these are goroutines of the job's own.
func (l *looker) try(file string) (photo Photo, err error) {
	defer func() {
		if r := recover(); r != nil {
			photo, err = Photo{}, errUnfit{fmt.Errorf("looking at it panicked: %v\n%s", r, debug.Stack())}
		}
	}()
	data, err := read(l.root, file, int64(min(MaxFileBytes, l.photoBytes/2)))
	if err != nil {
		return Photo{}, err
	}
	decoded, err := vision.Decode(data, vision.DecodeOptions{LongSide: l.payload.LongSide, MaxBytes: l.photoBytes - len(data)})
	if err != nil {
		return Photo{}, errUnfit{err}
	}
	photo = Photo{File: file, Format: decoded.Format, Bytes: len(data), Orientation: decoded.Orientation}
	photo.Width, photo.Height = decoded.UprightSize()
	marks := l.measure(&photo, decoded.Picture)
	return photo, l.write(&photo, decoded.Picture, marks)
}

// measure does the steps that find something.
func (l *looker) measure(photo *Photo, p *image.YCbCr) vision.Marks {
	var marks vision.Marks
	gray := vision.Luma(p)
	if l.payload.does(StepHash) {
		if h, ok := vision.PerceptualHash(gray); ok {
			photo.Hash = &h
		}
	}
	if l.payload.does(StepFaces) {
		marks.Faces = l.faces.Find(gray, l.payload.faces())
		photo.FaceCount = len(marks.Faces)
		photo.Faces = enlarge(marks.Faces[:min(len(marks.Faces), MaxFaces)], float64(photo.Width)/float64(p.Rect.Dx()))
	}
	if l.payload.does(StepCorners) {
		marks.Corners = vision.Corners(gray, l.payload.CornerThreshold)
		photo.Corners = len(marks.Corners)
	}
	if l.payload.does(StepEdges) {
		marks.Edges = vision.Edges(gray, l.payload.edges())
		photo.EdgeDensity = vision.Density(marks.Edges)
	}
	return marks
}

// enlarge gives faces in pixels of the photo.
func enlarge(faces []vision.Face, factor float64) []vision.Face {
	out := make([]vision.Face, len(faces))
	for i, f := range faces {
		scaled := func(v int) int { return int(float64(v)*factor + 0.5) }
		out[i] = vision.Face{X: scaled(f.X), Y: scaled(f.Y), Side: scaled(f.Side), Score: f.Score}
	}
	return out
}

// write does the steps that write pictures.
func (l *looker) write(photo *Photo, p *image.YCbCr, marks vision.Marks) error {
	put := func(folder string, img image.Image) (string, error) {
		data, err := vision.EncodeJPEG(img)
		if err != nil {
			return "", err
		}
		// The name keeps the photo's own ending: a.png is not a.jpg.
		return l.output.put(path.Join(folder, photo.File)+".jpg", data)
	}
	var errs [2]error
	if l.payload.does(StepThumbnail) {
		width, height := vision.Fit(p.Rect.Dx(), p.Rect.Dy(), l.payload.ThumbnailSide)
		photo.Thumbnail, errs[0] = put("thumbnails", vision.Shrink(p, width, height))
	}
	if l.payload.does(StepAnnotate) {
		photo.Annotated, errs[1] = put("annotated", vision.Annotate(p, marks))
	}
	return errors.Join(errs[:]...)
}
