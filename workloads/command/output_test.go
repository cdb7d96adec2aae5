package command

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOutputIsKeptFromBothEnds(t *testing.T) {
	t.Parallel()
	all := strings.Repeat("0123456789abcdef", 1<<18)
	for name, limit := range map[string]int{"nothing kept": 0, "a little kept": 1001, "the default": DefaultMaxOutputBytes} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec, stream := helper(t, "firehose"), &syncBuffer{}
			if limit != DefaultMaxOutputBytes {
				spec.MaxOutputBytes = &limit
			}
			r, err := Run(t.Context(), spec, Options{Output: stream})
			require.NoError(t, err)
			assert.True(t, r.StdoutTruncated)
			assert.False(t, r.StderrTruncated)
			assert.Equal(t, all, stream.String(), "all of it is streamed")
			assert.EqualValues(t, len(all), r.StdoutBytes)
			want := ""
			if limit > 0 {
				want = all[:limit-limit/2] + fmt.Sprintf("\n[%d bytes left out]\n", len(all)-limit) + all[len(all)-limit/2:]
			}
			assert.Equal(t, want, r.Stdout)
		})
	}
}

func TestEndsKeepWhatTheySay(t *testing.T) {
	t.Parallel()
	whole := "äbcdefghijklmnopqrstuvwxyzö"
	for size := 1; size <= len(whole); size++ {
		for limit := 0; limit <= len(whole)+1; limit++ {
			e := newEnds(limit)
			for rest := whole; rest != ""; rest = rest[min(size, len(rest)):] {
				e.add([]byte(rest[:min(size, len(rest))]))
			}
			s, replaced := e.text()
			assert.False(t, replaced, "a character that is cut is dropped")
			if limit >= len(whole) {
				assert.Equal(t, whole, s)
				assert.False(t, e.truncated())
				continue
			}
			assert.True(t, e.truncated())
			var left int
			head, tail, cut := strings.Cut(s, "\n[")
			if !cut {
				assert.Zero(t, limit)
				assert.Empty(t, s)
				continue
			}
			_, err := fmt.Sscanf(tail, "%d bytes left out]", &left)
			require.NoError(t, err)
			_, tail, _ = strings.Cut(tail, "]\n")
			assert.True(t, strings.HasPrefix(whole, head))
			assert.True(t, strings.HasSuffix(whole, tail))
			assert.Equal(t, len(whole), len(head)+left+len(tail), "parts of %d, limit %d", size, limit)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestOutputThatCannotBeStreamedIsAWarning(t *testing.T) {
	t.Parallel()
	r, err := Run(t.Context(), helper(t, "firehose"), Options{Output: fullDisk{}})
	require.NoError(t, err)
	assert.Equal(t, []string{"streaming stdout: no space left on device"}, r.Warnings)
	assert.Contains(t, r.Stdout, "[3145728 bytes left out]")
}

func TestOutputThatIsNotUTF8(t *testing.T) {
	t.Parallel()
	r, err := Run(t.Context(), helper(t, "latin1"), Options{})
	require.NoError(t, err)
	assert.Equal(t, "caf\uFFFD", r.Stdout)
	assert.True(t, r.StdoutReplaced)
	assert.False(t, r.StderrReplaced)
}
