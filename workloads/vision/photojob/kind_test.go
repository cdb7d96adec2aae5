package photojob

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/vision"
)

func TestJobTellsWhatIsInEachPhoto(t *testing.T) {
	t.Parallel()
	root := files(t, map[string][]byte{
		"photos/a.jpg": jpegOf(t, picture(1, 300, 200), 90), "photos/b.jpg": turned(jpegOf(t, picture(2, 300, 200), 90)),
		"photos/c.png": pngOf(t, picture(3, 40, 60)), "photos/.d.jpg.tmp": []byte("being written"),
	})
	r := look(t, oneByOne(), task(root, "j1", `{"files":["photos/*"],"long_side":150,"thumbnail_side":50,"output":"seen",
		"steps":["hash","faces","corners","edges","thumbnail","annotate"]}`))
	assert.Equal(t, []int{3, 0, 0, 0}, []int{r.Read, r.Failed, r.Faces, r.Resumed})
	require.Len(t, r.Photos, 3)
	a, b, c := r.Photos[0], r.Photos[1], r.Photos[2]
	assert.Equal(t, []any{"photos/a.jpg", vision.JPEG, 300, 200, vision.TopLeft}, []any{a.File, a.Format, a.Width, a.Height, a.Orientation})
	assert.Equal(t, []any{"photos/b.jpg", vision.JPEG, 200, 300, vision.RightTop}, []any{b.File, b.Format, b.Width, b.Height, b.Orientation})
	assert.Equal(t, []any{"photos/c.png", vision.PNG, 40, 60}, []any{c.File, c.Format, c.Width, c.Height})
	for _, p := range r.Photos {
		assert.NotNil(t, p.Hash, p.File)
		assert.Positive(t, p.Corners, p.File)
		assert.Greater(t, p.EdgeDensity, 0.005, p.File)
		assert.Less(t, p.EdgeDensity, 0.3, p.File)
	}
	for name, want := range map[string]image.Point{
		"seen/thumbnails/photos/a.jpg.jpg": {X: 50, Y: 33}, "seen/thumbnails/photos/b.jpg.jpg": {X: 33, Y: 50}, "seen/thumbnails/photos/c.png.jpg": {X: 33, Y: 50},
		"seen/annotated/photos/a.jpg.jpg": {X: 150, Y: 100}, "seen/annotated/photos/c.png.jpg": {X: 40, Y: 60},
	} {
		data, err := root.ReadFile(name)
		require.NoError(t, err)
		decoded, err := vision.Decode(data, vision.DecodeOptions{})
		require.NoError(t, err)
		assert.Equal(t, want, decoded.Picture.Rect.Size(), name)
	}
	assert.Equal(t, "seen/thumbnails/photos/b.jpg.jpg", b.Thumbnail)
	assert.Equal(t, "seen/annotated/photos/b.jpg.jpg", b.Annotated)
	assert.Equal(t, "seen/index/j1.jsonl", r.Index)
	indexed, err := readIndexes(t.Context(), root, []string{r.Index})
	require.NoError(t, err)
	assert.Equal(t, r.Photos, indexed)
	assert.Empty(t, temporaries(t, root))
}

// temporaries are files that were left half written.
func temporaries(t *testing.T, root *os.Root) (left []string) {
	t.Helper()
	require.NoError(t, fs.WalkDir(root.FS(), ".", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".tmp") && !strings.Contains(path, "photos/.d") {
			left = append(left, path)
		}
		return err
	}))
	return left
}

func TestFacesAreInPixelsOfThePhoto(t *testing.T) {
	t.Parallel()
	found := enlarge([]vision.Face{{X: 10, Y: 20, Side: 33, Score: 7}}, 4)
	assert.Equal(t, []vision.Face{{X: 40, Y: 80, Side: 132, Score: 7}}, found)
}

func TestPhotosThatCannotBeReadAreData(t *testing.T) {
	t.Parallel()
	good := jpegOf(t, picture(1, 80, 60), 90)
	root := files(t, map[string][]byte{
		"good.jpg": good, "cut.jpg": good[:len(good)/2], "text.jpg": []byte("not a photo"), "empty.png": nil, "folder/x": good,
	})
	outside := filepath.Join(t.TempDir(), "outside.jpg")
	require.NoError(t, os.WriteFile(outside, good, 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(root.Name(), "escape.jpg")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(root.Name(), "pipe.jpg"), 0o600))
	payload, err := json.Marshal(map[string]any{"files": []string{
		"cut.jpg", "text.jpg", "empty.png", "folder", "escape.jpg", "pipe.jpg", "missing.jpg", "good.jpg/inside", "good.jpg",
	}})
	require.NoError(t, err)
	r := look(t, oneByOne(), task(root, "j", string(payload)))
	assert.Equal(t, []int{1, 8}, []int{r.Read, r.Failed})
	for i, want := range []string{
		"ends before the picture does", "want a JPEG, PNG or WebP", "the file is empty", "it is a folder, want a regular file",
		"escapes from parent", "it is a special file", "no such file", "not a directory", "",
	} {
		assert.Contains(t, r.Photos[i].Error, want)
		assert.Equal(t, want == "", r.Photos[i].Error == "", r.Photos[i].File)
	}
}

func TestPhotoThatNeedsTooMuchMemoryIsNotDecoded(t *testing.T) {
	t.Parallel()
	root := files(t, map[string][]byte{"large.png": pngOf(t, picture(1, 1200, 1000)), "small.png": pngOf(t, picture(1, 100, 100))})
	k := NewKind(KindOptions{Threads: 2, PhotoBytes: 4 << 20})
	r := look(t, k, task(root, "j", `{"files":["*.png"]}`))
	assert.Contains(t, r.Photos[0].Error, "decoding 1200×1000 pixels of png would take")
	assert.Empty(t, r.Photos[1].Error)
}

func TestJobWithNothingToLookAtIsRejected(t *testing.T) {
	t.Parallel()
	root := files(t, map[string][]byte{"a.txt": []byte("text"), "b.txt": []byte("text")})
	for name, c := range map[string]struct {
		task job.Task
		want string
	}{
		"no folder of files":  {task(nil, "j", `{"files":["*"]}`), "no folder of users' files"},
		"no match":            {task(root, "j", `{"files":["*.jpg","x/*"]}`), `["*.jpg" "x/*"] are 0 files, want 1..10000`},
		"none can be read":    {task(root, "j", `{"files":["*"]}`), `none of 2 photos could be read, the first is "a.txt": the file begins`},
		"a payload it is not": {task(root, "j", `{"files":[]}`), "files has 0 entries"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := oneByOne().Run(t.Context(), c.task)
			require.ErrorContains(t, err, c.want)
			assert.True(t, job.IsRejected(err))
		})
	}
}

func TestVolumeThatFailsFailsTheAttemptOnly(t *testing.T) {
	t.Parallel()
	root := files(t, map[string][]byte{"a.jpg": jpegOf(t, picture(1, 80, 60), 90), "seen": []byte("a file in the way")})
	_, err := oneByOne().Run(t.Context(), task(root, "j", `{"files":["a.jpg"],"output":"seen","steps":["thumbnail"]}`))
	require.ErrorContains(t, err, `looking at photo "a.jpg": writing "seen/thumbnails/a.jpg.jpg"`)
	assert.False(t, job.IsRejected(err))
}

func TestInterruptedJobGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	content := map[string][]byte{}
	for i := range 7 {
		content[fmt.Sprintf("%d.jpg", i)] = jpegOf(t, picture(uint64(i), 80, 60), 90)
	}
	root := files(t, content)
	const payload = `{"files":["*.jpg"],"output":"seen","steps":["hash","thumbnail"]}`
	ctx, interrupt := context.WithCancel(t.Context())
	kept := newKeeper(t, "j")
	kept.saved = func() {
		if kept.saves == 3 {
			interrupt()
		}
	}
	first := task(root, "j", payload)
	first.Checkpoint = kept
	_, err := oneByOne().Run(ctx, first)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, job.IsRejected(err))

	// What was done is not looked at again, even where the photo is gone.
	require.NoError(t, root.Remove("0.jpg"))
	require.NoError(t, root.WriteFile("late.jpg", content["1.jpg"], 0o644))
	r := look(t, oneByOne(), first)
	assert.Equal(t, []int{7, 0, 3}, []int{r.Read, r.Failed, r.Resumed})
	assert.Equal(t, "0.jpg", r.Photos[0].File)

	whole := look(t, oneByOne(), task(files(t, content), "j", payload))
	assert.Equal(t, whole.Photos, r.Photos, "as if it had not been interrupted")
}

func TestCheckpointOfAnotherPayloadIsNotUsed(t *testing.T) {
	t.Parallel()
	root := files(t, map[string][]byte{"a.jpg": jpegOf(t, picture(1, 80, 60), 90)})
	for name, data := range map[string]string{
		"other payload": `{"version":1,"payload":"x","files":["gone.jpg"],"done":{"0":{"file":"gone.jpg"}}}`,
		"other version": `{"version":2}`, "no JSON": `{`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			again := task(root, "j", `{"files":["a.jpg"]}`)
			kept := newKeeper(t, "j")
			require.NoError(t, kept.Save(t.Context(), []byte(data)))
			again.Checkpoint = kept
			r := look(t, oneByOne(), again)
			assert.Equal(t, []any{1, 0, "a.jpg"}, []any{r.Read, r.Resumed, r.Photos[0].File})
		})
	}
}

func TestJobThatRunsAgainWritesTheSame(t *testing.T) {
	t.Parallel()
	root := files(t, map[string][]byte{"a.jpg": jpegOf(t, picture(1, 80, 60), 90), "b.png": pngOf(t, picture(2, 80, 60))})
	again := task(root, "j", `{"files":["a.jpg","b.png"],"output":"seen","steps":["hash","thumbnail","annotate"]}`)
	content := func() map[string][]byte {
		look(t, oneByOne(), again)
		all := map[string][]byte{}
		require.NoError(t, fs.WalkDir(root.FS(), "seen", func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				all[path], err = root.ReadFile(path)
			}
			return err
		}))
		return all
	}
	first := content()
	assert.Len(t, first, 5)
	assert.Equal(t, first, content())
}

func TestManyPhotosAtATimeGiveTheSameInTheSameOrder(t *testing.T) {
	t.Parallel()
	content := map[string][]byte{}
	for i := range 12 {
		content[fmt.Sprintf("p/%02d.jpg", i)] = jpegOf(t, picture(uint64(i), 80, 60), 90)
	}
	root := files(t, content)
	const payload = `{"files":["p/*.jpg"],"output":"seen","steps":["hash","corners","edges","thumbnail"]}`
	alone := look(t, oneByOne(), task(root, "j", payload))
	together := look(t, NewKind(KindOptions{Threads: 4}), task(root, "j", payload))
	assert.Equal(t, alone.Photos, together.Photos)
	assert.True(t, slices.IsSortedFunc(together.Photos, func(a, b Photo) int { return strings.Compare(a.File, b.File) }))
}

func TestNameWithBracketsIsANameWhereItExists(t *testing.T) {
	t.Parallel()
	data := jpegOf(t, picture(1, 80, 60), 90)
	root := files(t, map[string][]byte{"a[1].jpg": data, "a1.jpg": data})
	r := look(t, oneByOne(), task(root, "j", `{"files":["a[1].jpg","a[1].jpg","a?.jpg"]}`))
	var names []string
	for _, p := range r.Photos {
		names = append(names, p.File)
	}
	assert.Equal(t, []string{"a[1].jpg", "a1.jpg"}, names)
}

func TestPayloadListsAllFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload string
		want    []string
	}{
		"out of range": {
			`{"files":["/etc/passwd","../x","a/[","ok.jpg",""],"steps":["hash","smell","thumbnail"],"long_side":9999,"thumbnail_side":1,
			  "min_face_side":1,"min_face_score":-1,"corner_threshold":255,"edge_low":9,"edge_high":3}`,
			[]string{`files[0] is "/etc/passwd"`, `files[1] is "../x", want a name or pattern below`, `files[2] is "a/[": syntax error`, `files[4] is ""`,
				`steps[1] is "smell", want one of hash, faces, corners, edges, thumbnail, annotate`, "output is empty, and thumbnail needs a folder",
				"long_side is 9999, want 64..4096", "thumbnail_side is 1, want 16..1024", "smallest face is 1", "least score of a face is -1",
				"corner_threshold is 255, want 1..254", "thresholds of edges are 9 and 3"},
		},
		"no steps":       {`{"files":["a"],"steps":[]}`, []string{"steps is empty"}},
		"output outside": {`{"files":["a"],"output":"a/../.."}`, []string{`output is "a/../.."`}},
		"large thumbs":   {`{"files":["a"],"long_side":100,"thumbnail_side":101}`, []string{"thumbnail_side is 101, want 16..100"}},
		"unknown field":  {`{"file":["a"]}`, []string{`unknown field "file"`}},
		"empty":          {``, []string{"payload is empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := oneByOne().Check(json.RawMessage(c.payload))
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
			assert.NotContains(t, fmt.Sprint(err), "files[3]")
		})
	}
	require.NoError(t, oneByOne().Check(json.RawMessage(`{"files":["a/*.jpg"]}`)))
}

func TestWhatIsWrittenAtTheSameTimeIsWhole(t *testing.T) {
	t.Parallel()
	root := files(t, nil)
	o := newOutput(root, "out")
	done := make(chan error)
	for i := range 4 {
		go func() {
			_, err := o.put("same", bytes.Repeat([]byte{byte('a' + i)}, 10_000))
			done <- err
		}()
	}
	for range 4 {
		require.NoError(t, <-done)
	}
	require.NoError(t, o.settle())
	data, err := root.ReadFile("out/same")
	require.NoError(t, err)
	assert.Equal(t, bytes.Repeat(data[:1], 10_000), data)
	assert.Empty(t, temporaries(t, root))
}

func TestPanicOverAPhotoIsDataOfThatPhoto(t *testing.T) {
	t.Parallel()
	root := files(t, map[string][]byte{"a.jpg": jpegOf(t, picture(1, 80, 60), 90)})
	l := looker{payload: DefaultPayload(), root: root, photoBytes: 8 << 20} // without a face finder
	photo, err := l.look("a.jpg")
	require.NoError(t, err)
	assert.Equal(t, "a.jpg", photo.File)
	assert.Contains(t, photo.Error, "looking at it panicked: runtime error: invalid memory address")
	assert.Contains(t, photo.Error, "look.go", "where it happened")
}

// Not parallel: it counts what the whole process allocates.
func TestStepsTakeNoMoreMemoryThanTold(t *testing.T) {
	const side = 512
	noise := image.NewGray(image.Rect(0, 0, side, side))
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range noise.Pix {
		noise.Pix[i] = byte(rng.IntN(2) * 255)
	}
	root := files(t, nil)
	faces, err := vision.NewFaceFinder()
	require.NoError(t, err)
	l := looker{payload: DefaultPayload(), root: root, output: newOutput(root, "out"), faces: faces, photoBytes: 8 << 20}
	l.payload.Steps, l.payload.CornerThreshold, l.payload.ThumbnailSide = allSteps, 1, 64
	p := vision.Shrink(noise, side, side)
	least := uint64(1 << 62)
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		photo := Photo{File: "a", Width: side, Height: side}
		require.NoError(t, l.write(&photo, p, l.measure(&photo, p)))
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	t.Logf("%.1f bytes a pixel", float64(least)/side/side)
	assert.Less(t, least, uint64(stepBytes*side*side))
}
