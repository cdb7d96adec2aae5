package photos_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/demo/photos"
	"github.com/spotgrid/spotgrid/workloads/vision"
)

func draw(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := photos.Draw()
	require.NoError(t, err)
	byName := map[string][]byte{}
	for _, f := range files {
		byName[f.Name] = f.Data
	}
	require.Len(t, byName, len(files), "no name twice")
	return byName
}

func TestPhotosAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	assert.Equal(t, draw(t), draw(t))
}

func TestExactlyTheCopiesLookAlike(t *testing.T) {
	t.Parallel()
	var names []string
	var hashes []vision.Hash
	for name, data := range draw(t) {
		d, err := vision.Decode(data, vision.DecodeOptions{LongSide: 480})
		if name == photos.Truncated {
			assert.ErrorContains(t, err, "the file ends before the picture does")
			continue
		}
		require.NoError(t, err, name)
		h, ok := vision.PerceptualHash(vision.Luma(d.Picture))
		require.True(t, ok, name)
		names, hashes = append(names, name), append(hashes, h)
	}
	groups, err := vision.Groups(t.Context(), hashes, 6)
	require.NoError(t, err)
	found := map[string]bool{}
	for _, g := range groups {
		for _, i := range g {
			found[names[i]] = true
		}
	}
	want := map[string]bool{}
	for of, copies := range photos.Copies() {
		want[of] = true
		for _, c := range copies {
			want[c] = true
		}
	}
	assert.Equal(t, want, found)
	assert.Len(t, groups, len(photos.Copies()), "and no two groups are one")
}

func TestTheDetectorFindsOneFaceInEachPortraitAndNoneElsewhere(t *testing.T) {
	t.Parallel()
	finder, err := vision.NewFaceFinder()
	require.NoError(t, err)
	for name, data := range draw(t) {
		if name == photos.Truncated {
			continue
		}
		d, err := vision.Decode(data, vision.DecodeOptions{LongSide: 480})
		require.NoError(t, err, name)
		want := 0
		if name == "portraits/anna.jpg" || name == "portraits/kofi.jpg" {
			want = 1
		}
		faces := finder.Find(vision.Luma(d.Picture), vision.DefaultFaces)
		assert.Len(t, faces, want, "%s: %v", name, faces)
	}
}
