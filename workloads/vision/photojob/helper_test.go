package photojob

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// picture is one of colored discs, always the same for a seed.
func picture(seed uint64, width, height int) *image.RGBA {
	rng := rand.New(rand.NewPCG(seed, 3))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for range 8 {
		c := color.RGBA{R: byte(rng.IntN(256)), G: byte(rng.IntN(256)), B: byte(rng.IntN(256)), A: 255}
		cx, cy, r := rng.IntN(width), rng.IntN(height), 5+rng.IntN(height/3)
		for y := max(0, cy-r); y < min(height, cy+r); y++ {
			for x := max(0, cx-r); x < min(width, cx+r); x++ {
				if (x-cx)*(x-cx)+(y-cy)*(y-cy) < r*r {
					img.SetRGBA(x, y, c)
				}
			}
		}
	}
	return img
}

func jpegOf(t *testing.T, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}))
	return b.Bytes()
}

func pngOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

// turned puts EXIF data into a JPEG that say it is to be turned clockwise.
func turned(data []byte) []byte {
	exif := append([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01"), 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0)
	segment := binary.BigEndian.AppendUint16([]byte("\xff\xd8\xff\xe1"), uint16(len(exif)+2))
	return append(append(segment, exif...), data[2:]...)
}

// files makes a folder of users' files.
func files(t *testing.T, content map[string][]byte) *os.Root {
	t.Helper()
	dir := t.TempDir()
	for name, data := range content {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, 0o644))
	}
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, root.Close()) })
	return root
}

// clock goes on by step each time it is read.
func clock(step time.Duration) func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time {
		now = now.Add(step)
		return now
	}
}

// keeper keeps the checkpoint of a job on a volume, as a worker does. After a
// save it calls saved, if set.
type keeper struct {
	volume *volume.Volume
	id     string
	saves  int
	saved  func()
}

// newKeeper keeps the checkpoint on a new volume.
func newKeeper(t *testing.T, id string) *keeper {
	t.Helper()
	path := filepath.Join(t.TempDir(), "volume")
	require.NoError(t, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(t, err)
	return &keeper{volume: v, id: id}
}

func (k *keeper) Load(context.Context) ([]byte, error) { return k.volume.LoadCheckpoint(k.id) }

func (k *keeper) Save(ctx context.Context, data []byte) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := k.volume.SaveCheckpoint(k.id, data); err != nil {
		return err
	}
	k.saves++
	if k.saved != nil {
		k.saved()
	}
	return nil
}

// task makes a task of a payload.
func task(root *os.Root, id, payload string) job.Task {
	return job.Task{ID: id, Payload: json.RawMessage(payload), Files: root, Log: slog.New(slog.DiscardHandler)}
}

// oneByOne looks at photos one by one, each taking a second of the clock.
func oneByOne() job.Kind { return NewKind(KindOptions{Threads: 1, Now: clock(time.Second)}) }

// look runs a vision job that must succeed.
func look(t *testing.T, k job.Kind, task job.Task) Result {
	t.Helper()
	raw, err := k.Run(t.Context(), task)
	require.NoError(t, err)
	var r Result
	require.NoError(t, job.DecodeStrict(raw, &r))
	return r
}
