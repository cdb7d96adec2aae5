package command

import (
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOutputThatEscapedTheGroupIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	// The program ends only when the other one says that it has left the group:
	// before, it would be killed with it.
	const script = `mkfifo escaped
setsid sh -c 'echo $$; echo yes > escaped; exec sleep 600' &
read answer < escaped`
	r, err := Run(t.Context(), Spec{Argv: []string{"sh", "-c", script}}, Options{})
	require.NoError(t, err)
	assert.True(t, r.StdoutTruncated, "what the escaped process may write is not in the result")
	pid, err := strconv.Atoi(strings.TrimSpace(r.Stdout))
	require.NoError(t, err)
	assert.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
}

func TestOutputLimit(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]int{"nothing kept": 0, "a little kept": 1000, "the default": DefaultMaxOutputBytes} {
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
			assert.Len(t, r.Stdout, limit)
			assert.Equal(t, strings.Repeat("0123456789abcdef", 1<<18), stream.String(), "all of it is streamed")
		})
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestOutputThatCannotBeStreamedIsAWarning(t *testing.T) {
	t.Parallel()
	r, err := Run(t.Context(), helper(t, "firehose"), Options{Output: fullDisk{}})
	require.NoError(t, err)
	assert.Equal(t, []string{"streaming stdout: no space left on device"}, r.Warnings)
	assert.Len(t, r.Stdout, DefaultMaxOutputBytes)
}

func TestOutputThatIsNotUTF8(t *testing.T) {
	t.Parallel()
	r, err := Run(t.Context(), helper(t, "latin1"), Options{})
	require.NoError(t, err)
	assert.Equal(t, "caf\uFFFD", r.Stdout)
	assert.True(t, r.StdoutReplaced)
	assert.False(t, r.StderrReplaced)

	s, replaced := text([]byte("ab\xe2\x82"), true)
	assert.Equal(t, "ab", s, "a character cut by the limit")
	assert.False(t, replaced)
	s, replaced = text([]byte("ab€"), true)
	assert.Equal(t, "ab€", s)
	assert.False(t, replaced)
}
