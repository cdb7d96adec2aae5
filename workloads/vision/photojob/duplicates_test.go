package photojob

import (
	"encoding/json"
	"image"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/vision"
)

func findIn(t *testing.T, task job.Task) DuplicatesResult {
	t.Helper()
	raw, err := NewDuplicatesKind(KindOptions{}).Run(t.Context(), task)
	require.NoError(t, err)
	var r DuplicatesResult
	require.NoError(t, job.DecodeStrict(raw, &r))
	return r
}

func namesOf(groups []Group) (names [][]string) {
	for _, g := range groups {
		var files []string
		for _, m := range g.Photos {
			files = append(files, m.File)
		}
		names = append(names, files)
	}
	return names
}

func TestDuplicatesAreFoundAcrossJobs(t *testing.T) {
	t.Parallel()
	a, b := picture(1, 320, 240), picture(2, 320, 240)
	small, err := vision.EncodeJPEG(vision.Shrink(a, 160, 120))
	require.NoError(t, err)
	content := map[string][]byte{
		"x/a.jpg": jpegOf(t, a, 98), "x/b.jpg": jpegOf(t, b, 95), "x/c.jpg": jpegOf(t, picture(3, 320, 240), 90),
		"y/a-saved-again.jpg": jpegOf(t, a, 60), "y/a-small.jpg": small, "y/b-saved-again.jpg": jpegOf(t, b, 50),
		"y/d.jpg": jpegOf(t, picture(4, 320, 240), 90), "y/white.png": pngOf(t, image.NewNRGBA(image.Rect(0, 0, 50, 50))),
		"y/broken.jpg": []byte("broken"),
	}
	root := files(t, content)
	look(t, oneByOne(), task(root, "j1", `{"files":["x/*"],"output":"seen","steps":["hash","thumbnail"]}`))
	look(t, oneByOne(), task(root, "j2", `{"files":["y/*"],"output":"seen","steps":["hash"]}`))
	require.NoError(t, root.Remove("y/b-saved-again.jpg")) // gone since, and without a thumbnail
	r := findIn(t, task(root, "dup", `{"index":["seen/index/*.jsonl"],"output":"seen"}`))
	assert.Equal(t, []int{9, 7, 2, 3, DefaultRadius}, []int{r.Photos, r.Hashed, r.Groups, r.Duplicates, r.Radius})
	// The one to keep comes first: most pixels, then most bytes.
	assert.Equal(t, [][]string{{"x/a.jpg", "y/a-saved-again.jpg", "y/a-small.jpg"}, {"x/b.jpg", "y/b-saved-again.jpg"}}, namesOf(r.Largest))
	assert.Zero(t, r.Largest[0].Photos[0].Distance)
	for _, m := range r.Largest[0].Photos {
		assert.LessOrEqual(t, m.Distance, DefaultRadius)
	}
	lines, err := root.ReadFile(r.File)
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(string(lines), "\n"))
	sheet, err := root.ReadFile(r.Sheet)
	require.NoError(t, err)
	decoded, err := vision.Decode(sheet, vision.DecodeOptions{})
	require.NoError(t, err)
	assert.Equal(t, image.Pt(3*164+4, 2*177+4), decoded.Picture.Rect.Size())
	gone := decoded.Picture.Y[decoded.Picture.YOffset(4+164+80, 4+177+80)]
	assert.InDelta(t, 200, int(gone), 3, "the photo that is gone is gray")
}

func TestPhotoOfSeveralIndexesCountsOnce(t *testing.T) {
	t.Parallel()
	root := files(t, map[string][]byte{"a.jpg": jpegOf(t, picture(1, 80, 60), 90)})
	for _, id := range []string{"j1", "j2"} {
		look(t, oneByOne(), task(root, id, `{"files":["a.jpg"],"output":"seen"}`))
	}
	r := findIn(t, task(root, "dup", `{"index":["seen/index/*"],"output":"seen"}`))
	assert.Equal(t, []int{1, 1, 0}, []int{r.Photos, r.Hashed, r.Groups})
	assert.Empty(t, r.Sheet)
	assert.Equal(t, "seen/duplicates/dup.jsonl", r.File)
}

func TestDuplicatesOfNothingAreRejected(t *testing.T) {
	t.Parallel()
	root := files(t, map[string][]byte{
		"no-hash.jsonl": []byte(`{"file":"a.jpg","corners":1}` + "\n"), "no-file.jsonl": []byte("{}\n"), "no-json.jsonl": []byte("{\"file\":\"a\"}\nx\n"),
		"long.jsonl": []byte(strings.Repeat("x", maxIndexLine+2)), "empty.jsonl": nil, "folder.jsonl/x": nil,
	})
	for name, want := range map[string]string{
		"no-hash.jsonl": `none of 1 photos has a hash: was the step "hash" left out?`, "empty.jsonl": "none of 0 photos",
		"no-file.jsonl": "line 1 names no file", "no-json.jsonl": `reading index "no-json.jsonl": line 2`,
		"long.jsonl": "a line is longer than 262144 bytes", "missing.jsonl": "no such file", "*.txt": "are 0 files", "folder.jsonl": "it is a folder",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			payload, err := json.Marshal(DuplicatesPayload{Index: []string{name}, Radius: 3})
			require.NoError(t, err)
			_, err = NewDuplicatesKind(KindOptions{}).Run(t.Context(), task(root, "j", string(payload)))
			require.ErrorContains(t, err, want)
			assert.True(t, job.IsRejected(err))
		})
	}
}

func TestDuplicatesPayloadListsAllFaults(t *testing.T) {
	t.Parallel()
	k := NewDuplicatesKind(KindOptions{})
	err := k.Check(json.RawMessage(`{"index":["/x"],"radius":17,"output":"../y"}`))
	for _, want := range []string{`index[0] is "/x"`, "radius is 17, want 0..16 bits", `output is "../y"`} {
		require.ErrorContains(t, err, want)
	}
	require.ErrorContains(t, k.Check(nil), "payload is empty")
	require.ErrorContains(t, k.Check(json.RawMessage(`{"indexes":[]}`)), `unknown field "indexes"`)
	_, err = k.Run(t.Context(), task(nil, "j", `{"index":["a"]}`))
	require.ErrorContains(t, err, "no folder of users' files")
	assert.True(t, job.IsRejected(err))
}
