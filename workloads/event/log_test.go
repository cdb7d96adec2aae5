package event_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/event"
)

// quiet is a log to nowhere.
var quiet = slog.New(slog.DiscardHandler)

// cloudRun is the environment of a function there.
var cloudRun = env{"PORT": "8080", "K_SERVICE": "quote"}

func TestTheLogIsWhatCloudLoggingReads(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	l := event.NewLog(cloudRun.get, &log)
	for level, want := range map[slog.Level]string{
		slog.LevelDebug - 4: "", slog.LevelInfo: "INFO", slog.LevelWarn: "WARNING", slog.LevelError: "ERROR", slog.LevelError + 4: "ERROR",
	} {
		log.Reset()
		l.LogAttrs(t.Context(), level, "hello", slog.Group("inner", slog.String("msg", "kept"), slog.String("level", "kept")))
		if want == "" {
			assert.Empty(t, log.String())
			continue
		}
		var line map[string]any
		require.NoError(t, json.Unmarshal(log.Bytes(), &line))
		_, err := time.Parse(time.RFC3339Nano, line["time"].(string))
		assert.NoError(t, err)
		delete(line, "time")
		assert.Equal(t, map[string]any{
			"severity": want, "message": "hello", "inner": map[string]any{"msg": "kept", "level": "kept"},
		}, line)
	}
}

func TestTheLogOfACallNamesItsTrace(t *testing.T) {
	t.Parallel()
	const id = "0af7651916cd43dd8448eb211c80319c"
	full := func(span string, sampled bool) map[string]any {
		return map[string]any{
			"logging.googleapis.com/trace":  "projects/acme-grid/traces/" + id,
			"logging.googleapis.com/spanId": span, "logging.googleapis.com/trace_sampled": sampled,
		}
	}
	for name, c := range map[string]struct {
		header, value, project string
		want                   map[string]any
	}{
		"W3C's":                 {"traceparent", "00-" + id + "-b7ad6b7169203331-01", "acme-grid", full("b7ad6b7169203331", true)},
		"W3C's, not sampled":    {"traceparent", "00-" + id + "-b7ad6b7169203331-0a", "acme-grid", full("b7ad6b7169203331", false)},
		"W3C's, other flags":    {"traceparent", "00-" + id + "-b7ad6b7169203331-0b", "acme-grid", full("b7ad6b7169203331", true)},
		"Google's":              {"X-Cloud-Trace-Context", id + "/255;o=1", "acme-grid", full("00000000000000ff", true)},
		"Google's, undecided":   {"X-Cloud-Trace-Context", id + "/255", "acme-grid", full("00000000000000ff", false)},
		"of an unknown project": {"traceparent", traceParent, "", map[string]any{"trace": id}},
		"none":                  {"X-Other", "", "acme-grid", map[string]any{}},
		"no hex":                {"traceparent", "00-" + strings.ToUpper(id) + "-b7ad6b7169203331-01", "acme-grid", map[string]any{}},
		"too large a span":      {"X-Cloud-Trace-Context", id + "/99999999999999999999;o=1", "acme-grid", map[string]any{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			f := event.New(event.Typed(greet), event.Options{Log: event.NewLog(cloudRun.get, &log), Project: c.project})
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"name":"fail"}`))
			r.Header.Set(c.header, c.value)
			f.ServeHTTP(httptest.NewRecorder(), r)
			var line map[string]any
			require.NoError(t, json.Unmarshal(log.Bytes(), &line))
			assert.Equal(t, "call failed", line["message"])
			assert.Equal(t, errInside.Error(), line["error"])
			for _, key := range []string{"time", "severity", "message", "error"} {
				delete(line, key)
			}
			assert.Equal(t, c.want, line)
		})
	}
}
