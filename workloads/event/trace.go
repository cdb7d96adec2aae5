package event

import (
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
)

// trace is which request a call is part of; "" where the caller does not say.
type trace struct {
	id, span string
	sampled  bool
}

var (
	// parentPattern is of the header of W3C's Trace Context, which comes first
	// where both are there.
	parentPattern = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$`)
	// cloudPattern is of Google's own: TRACE/SPAN;o=OPTIONS with a decimal span.
	// Source: https://cloud.google.com/trace/docs/trace-context
	cloudPattern = regexp.MustCompile(`^([0-9a-f]{32})/([0-9]{1,20})(?:;o=([01]))?$`)
)

// traceOf reads the headers of a request.
func traceOf(h http.Header) trace {
	if part := parentPattern.FindStringSubmatch(h.Get("Traceparent")); part != nil {
		flags, err := strconv.ParseUint(part[3], 16, 8)
		return trace{id: part[1], span: part[2], sampled: err == nil && flags&1 == 1}
	}
	part := cloudPattern.FindStringSubmatch(h.Get("X-Cloud-Trace-Context"))
	if part == nil {
		return trace{}
	}
	span, err := strconv.ParseUint(part[2], 10, 64)
	if err != nil {
		return trace{}
	}
	return trace{id: part[1], span: fmt.Sprintf("%016x", span), sampled: part[3] == "1"}
}

// attributes are what a log says of the trace, in Cloud Logging's words if the
// project is known.
// Source: https://cloud.google.com/logging/docs/structured-logging
func (t trace) attributes(project string) []any {
	switch {
	case t.id == "":
		return nil
	case project == "":
		return []any{slog.String("trace", t.id)}
	}
	return []any{
		slog.String("logging.googleapis.com/trace", "projects/"+project+"/traces/"+t.id),
		slog.String("logging.googleapis.com/spanId", t.span),
		slog.Bool("logging.googleapis.com/trace_sampled", t.sampled),
	}
}
