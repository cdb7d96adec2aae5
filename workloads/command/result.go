package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// Result says how the program ended and what it wrote. There is one for every
// program that started, whether it succeeded or not.
type Result struct {
	Argv []string `json:"argv"`
	// ExitCode is 0 for success and -1 if a signal ended the program.
	ExitCode int `json:"exit_code"`
	// Signal that ended the program, such as "SIGKILL"; empty if it exited.
	Signal string `json:"signal,omitempty"`
	// Stopped says why the program was made to stop before its end; empty if
	// it ended by itself.
	Stopped string `json:"stopped,omitempty"`
	// Seconds of wall clock from start to end.
	Seconds float64 `json:"seconds"`
	// UserCPUSeconds and SystemCPUSeconds count the program and those of its
	// children that it waited for.
	UserCPUSeconds   float64 `json:"user_cpu_seconds"`
	SystemCPUSeconds float64 `json:"system_cpu_seconds"`
	// MaxRSSBytes is the largest resident memory of the program or of a child
	// it waited for, in bytes. The kernel counts from before the exec, so it
	// is never less than what the worker itself held at the start.
	MaxRSSBytes int64 `json:"max_rss_bytes"`
	// Stdout and Stderr hold the first Spec.MaxOutputBytes of each. Bytes that
	// are not UTF-8 are replaced by U+FFFD, which the flag below says.
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
	// StdoutTruncated: the program wrote more than Stdout holds.
	StdoutTruncated bool `json:"stdout_truncated"`
	StderrTruncated bool `json:"stderr_truncated"`
	// StdoutReplaced: Stdout was not all UTF-8.
	StdoutReplaced bool `json:"stdout_replaced,omitempty"`
	StderrReplaced bool `json:"stderr_replaced,omitempty"`
	// Warnings are troubles that did not touch the program, such as output
	// that could not be streamed or a temporary directory left behind.
	Warnings []string `json:"warnings,omitempty"`
}

// finish fills in how the program ended and returns the error that says so.
func (r *Result) finish(ctx context.Context, state *os.ProcessState, stopped bool) error {
	r.ExitCode = state.ExitCode()
	r.UserCPUSeconds = state.UserTime().Seconds()
	r.SystemCPUSeconds = state.SystemTime().Seconds()
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		r.MaxRSSBytes = usage.Maxrss * 1024 // Linux counts KiB
	}
	status := state.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		r.Signal = unix.SignalName(status.Signal())
	}
	switch {
	case stopped:
		err := fmt.Errorf("program %q was stopped after %s: %w", r.Argv[0], seconds(r.Seconds), endOf(ctx))
		r.Stopped = endOf(ctx).Error()
		return err
	case status.Signaled():
		return &SignalError{r.Argv[0], status.Signal(), lastLine(r.Stderr)}
	case r.ExitCode != 0:
		return &ExitError{r.Argv[0], r.ExitCode, lastLine(r.Stderr)}
	}
	return nil
}

// endOf is why ctx ended: its cause, and its error where the cause does not
// say it.
func endOf(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, ctx.Err()) {
		return cause
	}
	return fmt.Errorf("%w: %w", ctx.Err(), cause)
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond)
}

// text makes valid UTF-8 of captured bytes and reports whether it had to
// replace any. A character cut in two by the limit is dropped, not replaced.
func text(b []byte, truncated bool) (s string, replaced bool) {
	if truncated {
		b = b[:len(b)-cutRune(b)]
	}
	if utf8.Valid(b) {
		return string(b), false
	}
	return strings.ToValidUTF8(string(b), "\uFFFD"), true
}

// cutRune is how many bytes at the end of b begin a character that is not
// complete.
func cutRune(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if tail := b[len(b)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}
