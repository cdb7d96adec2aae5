package volumetest

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/volume"
)

// write appends texts to a log.
func write(t *testing.T, v *volume.Volume, number int, texts ...string) {
	t.Helper()
	log, err := v.CreateLog("j", number)
	require.NoError(t, err)
	for _, text := range texts {
		_, err = io.WriteString(log, text)
		require.NoError(t, err)
	}
	require.NoError(t, log.Close())
}

func read(t *testing.T, v *volume.Volume, number int) string {
	t.Helper()
	log, err := v.OpenLog("j", number)
	require.NoError(t, err)
	text, err := io.ReadAll(log)
	require.NoError(t, err)
	require.NoError(t, log.Close())
	return string(text)
}

func logs(t *testing.T, h Harness) {
	v := newPlace(t, h)
	_, err := v.TailLog("j", 1, 5)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = v.OpenLog("j", 1)
	require.ErrorIs(t, err, fs.ErrNotExist)
	none, err := v.Logs("j")
	require.NoError(t, err)
	assert.Empty(t, none)

	write(t, v.Volume, 1, "one\n", "two\n", "three")
	write(t, v.Volume, 11, "eleven\n")
	assert.Equal(t, "one\ntwo\nthree", read(t, v.Volume, 1))
	lines, err := v.TailLog("j", 1, 2)
	require.NoError(t, err)
	assert.Equal(t, []string{"two", "three"}, lines)
	numbers, err := v.Logs("j")
	require.NoError(t, err)
	assert.Equal(t, []int{1, 11}, numbers)
}

func longLog(t *testing.T, h Harness) {
	v := newPlace(t, h)
	var texts []string
	for i := range 30 {
		texts = append(texts, fmt.Sprintf("%03d ", i)+strings.Repeat("x", 100<<10)+"\n")
	}
	texts = append(texts, "last\n")
	write(t, v.Volume, 1, texts...)
	assert.True(t, strings.Join(texts, "") == read(t, v.Volume, 1), "the log is not as it was written")
	lines, err := v.TailLog("j", 1, 100)
	require.NoError(t, err)
	assert.Len(t, lines, 11, "whole lines of the last MiB")
	assert.Equal(t, "last", lines[10])
	assert.Equal(t, "029 ", lines[9][:4])
	assert.Equal(t, "020 ", lines[0][:4])
	numbers, err := v.Logs("j")
	require.NoError(t, err)
	assert.Equal(t, []int{1}, numbers, "its parts are no logs of their own")
}

func sharedLog(t *testing.T, h Harness) {
	p := newPlace(t, h)
	write(t, p.Volume, 1, "first\n")
	write(t, p.again(t), 1, "second\n")
	assert.Equal(t, "first\nsecond\n", read(t, p.Volume, 1))
}
