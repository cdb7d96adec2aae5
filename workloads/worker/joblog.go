package worker

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"unicode/utf8"
)

// Sizes of a job's log.
const (
	tailLines     = 20
	maxTailBytes  = 1000     // of one line kept in an attempt's record
	maxOutputLine = 64 << 10 // longer output is cut into lines of this length
)

// jobLog is the log of one attempt: JSON lines on the volume, each with job,
// attempt and worker. Raw output becomes one such line for each of its own.
// The file is made with the first line, so that a silent job has none. It is
// safe for concurrent use, and takes no lines after close.
type jobLog struct {
	run    *run
	logger *slog.Logger
	// lines writes JSON lines. Most jobs are silent: it is made when needed.
	lines func() slog.Handler

	mu      sync.Mutex
	file    io.WriteCloser
	used    bool
	closed  bool
	broken  bool
	tail    []string
	partial []byte // of output, without its newline
}

func newJobLog(r *run) *jobLog {
	l := &jobLog{run: r}
	l.lines = sync.OnceValue(func() slog.Handler {
		return slog.NewJSONHandler(logFile{l}, &slog.HandlerOptions{Level: slog.LevelDebug}).WithAttrs([]slog.Attr{
			slog.String("job", r.job.ID), slog.Int("attempt", r.number), slog.String("worker", r.w.Name),
		})
	})
	l.logger = slog.New(tailHandler{l.lines, l, ""})
	return l
}

// Write takes raw output. It never fails: a full disk must not fail the job
// before its result could not be written.
func (l *jobLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := p
	for len(rest) > 0 {
		line, after, complete := bytes.Cut(rest, []byte("\n"))
		if room := maxOutputLine - len(l.partial); len(line) > room {
			line, after, complete = rest[:room], rest[room:], true
		}
		l.partial, rest = append(l.partial, line...), after
		if complete {
			l.flush()
		}
	}
	return len(p), nil
}

// flush writes the output line that is complete.
func (l *jobLog) flush() {
	text := strings.ToValidUTF8(string(l.partial), "\uFFFD")
	l.partial = l.partial[:0]
	l.keep(text)
	record := slog.NewRecord(l.run.w.Now(), slog.LevelInfo, text, 0)
	record.AddAttrs(slog.String("source", "output"))
	_ = l.lines().Handle(context.Background(), record)
}

// keep remembers a line for the attempt's record.
func (l *jobLog) keep(text string) {
	if len(l.tail) == tailLines {
		l.tail = append(l.tail[:0], l.tail[1:]...)
	}
	l.tail = append(l.tail, cut(text, maxTailBytes))
}

// lastLines are the last lines logged.
func (l *jobLog) lastLines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.partial) > 0 {
		l.flush()
	}
	return append([]string(nil), l.tail...)
}

func (l *jobLog) isUsed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.used
}

// close ends the log. Twice is fine.
func (l *jobLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.partial) > 0 {
		l.flush()
	}
	l.closed = true
	if l.file != nil {
		if err := l.file.Close(); err != nil {
			l.fail(err)
		}
		l.file = nil
	}
}

// fail drops the rest of the log, and says so once.
func (l *jobLog) fail(err error) {
	if !l.broken {
		l.run.w.Log.Warn("job's log cannot be written, its lines are lost", "job", l.run.job.ID, "attempt", l.run.number, "error", err)
	}
	l.broken = true
}

// logFile writes finished lines. Whoever calls it holds the log's mutex.
type logFile struct{ *jobLog }

func (l logFile) Write(line []byte) (int, error) {
	if l.closed || l.broken {
		return len(line), nil
	}
	if l.file == nil {
		f, err := l.run.w.Volume.CreateLog(l.run.job.ID, l.run.number)
		if err != nil {
			l.fail(err)
			return len(line), nil
		}
		l.file, l.used = f, true
	}
	if _, err := l.file.Write(line); err != nil {
		l.fail(err)
	}
	return len(line), nil
}

// tailHandler passes records on and keeps them as text for the tail.
type tailHandler struct {
	lines func() slog.Handler
	log   *jobLog
	// attrs are those of With, as text.
	attrs string
}

func (h tailHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelDebug
}

func (h tailHandler) Handle(ctx context.Context, r slog.Record) error {
	var text strings.Builder
	text.WriteString(r.Level.String() + " " + r.Message + h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		text.WriteString(" " + a.String())
		return true
	})
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	if h.log.closed {
		return nil
	}
	h.log.keep(text.String())
	return h.lines().Handle(ctx, r)
}

func (h tailHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	text := h.attrs
	for _, a := range attrs {
		text += " " + a.String()
	}
	lines := h.lines().WithAttrs(attrs)
	return tailHandler{func() slog.Handler { return lines }, h.log, text}
}

func (h tailHandler) WithGroup(name string) slog.Handler {
	lines := h.lines().WithGroup(name)
	return tailHandler{func() slog.Handler { return lines }, h.log, h.attrs}
}

// cut shortens a text to at most maxBytes, between characters.
func cut(text string, maxBytes int) string {
	if len(text) <= maxBytes {
		return text
	}
	end := maxBytes - len("…")
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
