package job

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func valid() Job {
	return Job{
		Version: Version, ID: "nightly-7.1_a", Batch: "nightly-7", Kind: "command", Payload: json.RawMessage(`{"argv":["true"]}`),
		Limits: Limits{TimeoutSeconds: 5, MaxAttempts: 2}, SubmittedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Attempts: []Attempt{{Number: 1, Worker: "w", Outcome: Failed, Cause: "exit 1", LogTail: []string{"a"}}},
	}
}

func TestAJobSurvivesTheWire(t *testing.T) {
	t.Parallel()
	b, err := Encode(valid())
	require.NoError(t, err)
	got, err := Decode(b)
	require.NoError(t, err)
	assert.Equal(t, valid(), got)
}

func TestCheckNamesEveryFault(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*Job)
		want  string
	}{
		"older version":    {func(j *Job) { j.Version = 0 }, "version is 0, want 1"},
		"no id":            {func(j *Job) { j.ID = "" }, "id is"},
		"hidden id":        {func(j *Job) { j.ID = ".x" }, "not starting with a dot"},
		"path as id":       {func(j *Job) { j.ID = "a/b" }, `id is "a/b"`},
		"long id":          {func(j *Job) { j.ID = strings.Repeat("a", 129) }, "1..128"},
		"bad batch":        {func(j *Job) { j.Batch = "a b" }, `batch is "a b"`},
		"bad kind":         {func(j *Job) { j.Kind = "Command" }, `kind is "Command"`},
		"broken payload":   {func(j *Job) { j.Payload = json.RawMessage("{") }, "payload is not JSON"},
		"time limit":       {func(j *Job) { j.Limits.TimeoutSeconds = MaxTimeoutSeconds + 1 }, "want 1..43200"},
		"negative limit":   {func(j *Job) { j.Limits.TimeoutSeconds = -1 }, "limits.timeout_seconds is -1"},
		"too many attempt": {func(j *Job) { j.Limits.MaxAttempts = 101 }, "want 1..100"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := valid()
			c.spoil(&j)
			assert.ErrorContains(t, j.Check(), c.want)
			_, err := Encode(j)
			assert.ErrorContains(t, err, "encoding job")
		})
	}
	all := Job{Version: 9}.Check().Error()
	for _, want := range []string{"version", "id is", "kind is"} {
		assert.Contains(t, all, want, "all at once")
	}
}

func TestDecodeIsStrict(t *testing.T) {
	t.Parallel()
	good, err := Encode(valid())
	require.NoError(t, err)
	for name, b := range map[string]string{
		"unknown field":  strings.Replace(string(good), `"kind"`, `"priority":1,"kind"`, 1),
		"trailing data":  string(good) + "x",
		"closing braces": string(good) + "}}",
		"two jobs":       string(good) + string(good),
		"no JSON":        "\xff\xfe",
		"empty":          "",
	} {
		_, err := Decode([]byte(b))
		assert.ErrorContains(t, err, "decoding job", name)
	}
}

func TestAJobThatNoQueueCarriesIsRefused(t *testing.T) {
	t.Parallel()
	j := valid()
	j.Payload = json.RawMessage(`"` + strings.Repeat("a", MaxEnvelopeBytes) + `"`)
	_, err := Encode(j)
	assert.ErrorContains(t, err, "put large inputs on the volume")
}

func TestInterruptionsDoNotCount(t *testing.T) {
	t.Parallel()
	var attempts []Attempt
	for i, o := range []Outcome{Failed, Interrupted, Lost, TimedOut, Interrupted, Rejected} {
		attempts = append(attempts, Attempt{Number: i + 1, Outcome: o})
	}
	assert.Equal(t, 3, CountedAttempts(attempts))
	assert.Equal(t, DefaultMaxAttempts, Limits{}.AttemptsAllowed())
	assert.Equal(t, 15*time.Minute, Limits{}.Timeout())
	assert.Equal(t, 5*time.Second, Limits{TimeoutSeconds: 5}.Timeout())
}

func TestARejectionShowsThroughWrapping(t *testing.T) {
	t.Parallel()
	cause := errors.New("no such program")
	err := fmt.Errorf("running: %w", Reject(cause))
	assert.True(t, IsRejected(err))
	assert.ErrorIs(t, err, cause)
	assert.False(t, IsRejected(cause))
	assert.NoError(t, Reject(nil))
}

func FuzzDecode(f *testing.F) {
	good, err := Encode(valid())
	require.NoError(f, err)
	f.Add(good)
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		j, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Encode(j)
		if err != nil {
			return // it grew past what a queue carries
		}
		back, err := Decode(again)
		require.NoError(t, err)
		assert.Equal(t, j.ID, back.ID)
	})
}
