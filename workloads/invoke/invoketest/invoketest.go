package invoketest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/invoke"
)

// Harness is a target with the suite's function.
type Harness struct {
	Driver invoke.Driver
	// Function is what the target calls the suite's function, which takes
	// TimeoutSeconds at most.
	Function string
	// Missing is a function that the target does not have, "" if it cannot be
	// asked for one.
	Missing string
	// Log returns what the function logged so far; nil where only answers
	// tell, or nobody does.
	Log func() string
	// CrashKind is what a crash is told as where only the target itself can
	// tell of it; KindUnknown: it is the function's error, with its exit status.
	CrashKind invoke.Kind
}

// promptly is how soon a call must return after its context ended.
const promptly = time.Second

// Run tests a driver. Each case gets a harness of its own.
func Run(t *testing.T, newHarness func(t *testing.T) Harness) {
	for name, test := range map[string]func(*testing.T, Harness){
		"an answer is the handler's JSON":         answers,
		"a handler's error is told with its type": tellsErrors,
		"a crash is the function's error":         tellsCrashes,
		"a time-out is the function's error":      tellsTimeouts,
		"a function that is not there":            missing,
		"bad input is found before the call":      badInput,
		"a cancelled call returns at once":        cancelled,
		"a call that takes too long is given up":  limited,
		"the log is told":                         tellsLogs,
	} {
		t.Run(name, func(t *testing.T) { test(t, newHarness(t)) })
	}
}

func (h Harness) invoker() *invoke.Invoker {
	return invoke.New(h.Driver, map[string]string{"suite": h.Function, "gone": h.Missing})
}

// call tells the function what to do.
func (h Harness) call(t *testing.T, r request) (invoke.Answer, error) {
	t.Helper()
	payload, err := json.Marshal(r)
	require.NoError(t, err)
	return h.invoker().Invoke(t.Context(), "suite", payload, time.Minute)
}

func answers(t *testing.T, h Harness) {
	for _, value := range []string{`{"a":[1,2.5,null],"b":"<&> ü 世界"}`, `"text"`, `12`, `null`, `[]`} {
		a, err := h.call(t, request{"echo", json.RawMessage(value)})
		require.NoError(t, err)
		assert.JSONEq(t, value, string(a.Body))
	}
	large := `"` + strings.Repeat("x", 1<<20) + `"`
	a, err := h.call(t, request{"echo", json.RawMessage(large)})
	require.NoError(t, err)
	assert.Len(t, a.Body, len(large))
}

// failed calls for a failure of the function.
func failed(t *testing.T, h Harness, do string) *invoke.FunctionError {
	t.Helper()
	_, err := h.call(t, request{Do: do})
	var f *invoke.FunctionError
	require.ErrorAs(t, err, &f)
	assert.Equal(t, "suite", f.Function)
	assert.Equal(t, invoke.KindUnknown, invoke.KindOf(err), "the call itself worked")
	return f
}

func tellsErrors(t *testing.T, h Harness) {
	f := failed(t, h, "fail")
	assert.Equal(t, "refused", f.Type)
	assert.Equal(t, "it was asked to", f.Message)
	_, err := h.call(t, request{"echo", json.RawMessage("1")})
	assert.NoError(t, err, "the next call works")
}

func tellsCrashes(t *testing.T, h Harness) {
	if h.CrashKind == invoke.KindUnknown {
		assert.Contains(t, failed(t, h, "crash").Message, "exit status 5")
	} else {
		_, err := h.call(t, request{Do: "crash"})
		assert.Equal(t, h.CrashKind, invoke.KindOf(err), "%v", err)
	}
	_, err := h.call(t, request{"echo", json.RawMessage("1")})
	assert.NoError(t, err, "the next call works")
}

func tellsTimeouts(t *testing.T, h Harness) {
	assert.Contains(t, failed(t, h, "hang").Message, "timed out after 2.00 seconds")
}

func missing(t *testing.T, h Harness) {
	if h.Missing == "" {
		t.Skip("this target has one function only")
	}
	_, err := h.invoker().Invoke(t.Context(), "gone", []byte("{}"), time.Minute)
	assert.Equal(t, invoke.KindNotFound, invoke.KindOf(err), "%v", err)
}

func badInput(t *testing.T, h Harness) {
	for _, c := range []struct {
		name, payload string
		kind          invoke.Kind
		want          []string
	}{
		{"nobody", `{}`, invoke.KindBadInput, []string{`no function "nobody"`, "one of gone, suite"}},
		{"suite", `{"a":`, invoke.KindBadInput, []string{"not JSON", "at byte 5"}},
		{"suite", ``, invoke.KindBadInput, []string{"not JSON"}},
		{"nobody", `x`, invoke.KindBadInput, []string{`no function "nobody"`, "not JSON"}},
		{"suite", `"` + strings.Repeat("x", h.Driver.Caps().MaxPayloadBytes) + `"`, invoke.KindTooLarge, []string{"bytes, at most"}},
	} {
		_, err := h.invoker().Invoke(t.Context(), c.name, []byte(c.payload), time.Minute)
		assert.Equal(t, c.kind, invoke.KindOf(err), "%v", err)
		for _, want := range c.want {
			assert.ErrorContains(t, err, want)
		}
	}
}

func cancelled(t *testing.T, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	began := time.Now()
	_, err := h.invoker().Invoke(ctx, "suite", []byte(`{"do":"hang"}`), time.Minute)
	assert.Less(t, time.Since(began), promptly)
	assert.Equal(t, invoke.KindCanceled, invoke.KindOf(err), "%v", err)
	assert.ErrorIs(t, err, context.Canceled)
}

func limited(t *testing.T, h Harness) {
	const limit = 300 * time.Millisecond
	began := time.Now()
	_, err := h.invoker().Invoke(t.Context(), "suite", []byte(`{"do":"hang"}`), limit)
	assert.Less(t, time.Since(began), limit+promptly)
	assert.Equal(t, invoke.KindUnavailable, invoke.KindOf(err), "%v", err)
	assert.ErrorContains(t, err, "may still be running")
}

func tellsLogs(t *testing.T, h Harness) {
	a, err := h.call(t, request{"echo", json.RawMessage("1")})
	require.NoError(t, err)
	f := failed(t, h, "fail")
	if h.Driver.Caps().LogTail {
		assert.Contains(t, a.LogTail, logged+"echo")
		assert.Contains(t, f.LogTail, logged+"fail")
	} else {
		assert.Empty(t, a.LogTail)
	}
	if h.Log != nil {
		assert.Eventually(t, func() bool {
			return strings.Contains(h.Log(), logged+"echo") && strings.Contains(h.Log(), logged+"fail")
		}, 5*time.Second, 5*time.Millisecond)
	}
}
