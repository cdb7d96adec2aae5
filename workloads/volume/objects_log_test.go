package volume

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLogIsWrittenInPartsAndNowAndThen(t *testing.T) {
	t.Parallel()
	v, b := inBucket()
	o := v.store.(*objects)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	o.now = func() time.Time { return now }
	log, err := v.CreateLog("j", 1)
	require.NoError(t, err)
	key := "grid/" + LogPath("j", 1)
	write := func(text string) {
		_, err := io.WriteString(log, text)
		require.NoError(t, err)
	}
	write("one\n")
	assert.Empty(t, b.puts, "not yet")
	now = now.Add(logInterval)
	write("two\n")
	write("three\n")
	assert.Equal(t, "one\ntwo\n", string(b.objects[key].data), "so much is seen while the job runs")
	write(strings.Repeat("x", maxLogPartBytes))
	require.NoError(t, log.Close())
	require.NoError(t, log.Close(), "twice")
	assert.Equal(t, []string{key, key, key + ".2"}, b.puts)
	assert.Len(t, b.objects[key].data, maxLogPartBytes)
	assert.Len(t, b.objects[key+".2"].data, len("one\ntwo\nthree\n"))
}

func TestLogThatCannotBeWrittenNowIsWrittenLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, b := inBucket()
		b.fault = func(context.Context, int) error { return kindError(KindUnavailable) }
		log, err := v.CreateLog("j", 1)
		require.NoError(t, err)
		_, err = io.WriteString(log, "one\n")
		require.NoError(t, err)
		time.Sleep(logInterval)
		_, err = io.WriteString(log, "two\n")
		require.NoError(t, err, "there is room to keep it")
		n, err := io.WriteString(log, strings.Repeat("x", 2*maxLogPartBytes))
		require.ErrorIs(t, err, ErrUnavailable, "there is none for so much")
		assert.Less(t, n, maxLogPartBytes)
		b.fault = nil
		require.NoError(t, log.Close())
		lines, err := v.TailLog("j", 1, 3)
		require.NoError(t, err)
		assert.Equal(t, []string{"one", "two"}, lines[:2])
	})
}

func TestLogHasAnEnd(t *testing.T) {
	t.Parallel()
	v, b := inBucket()
	log, err := v.CreateLog("j", 1)
	require.NoError(t, err)
	part := strings.Repeat("x", maxLogPartBytes)
	for range maxLogParts {
		_, err := io.WriteString(log, part)
		require.NoError(t, err)
		for key, o := range b.objects { // they need not be kept
			b.objects[key] = object{nil, o.claim}
		}
	}
	_, err = io.WriteString(log, "more")
	require.ErrorContains(t, err, "the log has 256 MiB")
	require.NoError(t, log.Close())
	assert.Len(t, b.puts, maxLogParts)
}
