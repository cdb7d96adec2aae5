package event

import (
	"io"
	"log/slog"
)

// newLog is a log in the form that the platform reads.
func newLog(getenv func(string) string, w io.Writer) *slog.Logger {
	replace := asLambda
	if onCloudRun(getenv) {
		replace = asCloudLogging
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: replace}))
}

// asLambda has Lambda read the time and the level of a line.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
func asLambda(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		a.Key = "timestamp"
	}
	return a
}

// asCloudLogging has Cloud Logging read the time, the severity and the text of
// a line.
// Source: https://cloud.google.com/logging/docs/structured-logging
func asCloudLogging(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.MessageKey:
		a.Key = "message"
	case slog.LevelKey:
		if level, ok := a.Value.Any().(slog.Level); ok {
			return slog.String("severity", severity(level))
		}
	}
	return a
}

// severity is Cloud Logging's word for a level.
// Source: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity
func severity(l slog.Level) string {
	switch {
	case l < slog.LevelInfo:
		return "DEBUG"
	case l < slog.LevelWarn:
		return "INFO"
	case l < slog.LevelError:
		return "WARNING"
	}
	return "ERROR"
}
