package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/spotgrid/spotgrid/workloads/command/limit"
	"github.com/spotgrid/spotgrid/workloads/command/supervisor"
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
	// it ended by itself or by a limit.
	Stopped string `json:"stopped,omitempty"`
	// LimitsMet are the limits that the program ran into for certain, such as
	// "memory_mib". One that the program is only told of, by a call that fails,
	// nobody else learns of.
	LimitsMet []string `json:"limits_met,omitempty"`
	// LimitsHeld says what held each limit of the job.
	LimitsHeld []limit.Held `json:"limits_held,omitempty"`
	// Cause is why the command did not succeed, in one sentence.
	Cause string `json:"cause,omitempty"`
	// Seconds of wall clock from start to end.
	Seconds float64 `json:"seconds"`
	// UserCPUSeconds and SystemCPUSeconds count all of the program's processes.
	// Without a cgroup, those are missing whose parent ignores its children's
	// ends.
	UserCPUSeconds   float64 `json:"user_cpu_seconds"`
	SystemCPUSeconds float64 `json:"system_cpu_seconds"`
	// MaxRSSBytes is the largest resident memory of one of the processes. The
	// kernel counts from before the exec, so it is never less than what the
	// supervisor holds, some 30 MiB.
	MaxRSSBytes int64 `json:"max_rss_bytes"`
	// PeakMemoryBytes is the most that all processes held together, with the
	// file cache they caused; 0 where no memory controller counts it.
	PeakMemoryBytes int64 `json:"peak_memory_bytes,omitempty"`
	// Stdout and Stderr hold the first and the last half of Spec.MaxOutputBytes
	// of each, with a line between them that says how much is left out. Bytes
	// that are not UTF-8 are replaced by U+FFFD, which the flag below says.
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
	// StdoutTruncated: the program wrote more than Stdout holds.
	StdoutTruncated bool `json:"stdout_truncated"`
	StderrTruncated bool `json:"stderr_truncated"`
	// StdoutReplaced: Stdout was not all UTF-8.
	StdoutReplaced bool `json:"stdout_replaced,omitempty"`
	StderrReplaced bool `json:"stderr_replaced,omitempty"`
	// StdinBytes is how much the program took of its input, or the pipe for it;
	// StdoutBytes and StderrBytes are all that it wrote.
	StdinBytes  int64 `json:"stdin_bytes"`
	StdoutBytes int64 `json:"stdout_bytes"`
	StderrBytes int64 `json:"stderr_bytes"`
	// Inputs and Outputs are the files that were copied.
	Inputs  Copied `json:"inputs,omitzero"`
	Outputs Copied `json:"outputs,omitzero"`
	// Warnings are troubles that did not touch the program, such as output
	// that could not be streamed or a temporary directory left behind.
	Warnings []string `json:"warnings,omitempty"`
}

// Copied counts files that were copied.
type Copied struct {
	// Folder they went to, among the users' files; empty for inputs.
	Folder string `json:"folder,omitempty"`
	Files  int    `json:"files"`
	Bytes  int64  `json:"bytes"`
}

func (r *Result) warn(warning string) {
	if warning != "" {
		r.Warnings = append(r.Warnings, warning)
	}
}

// take fills in what the supervisor reports.
func (r *Result) take(s supervisor.Report) {
	r.Seconds, r.UserCPUSeconds, r.SystemCPUSeconds = s.Seconds, s.UserCPUSeconds, s.SystemCPUSeconds
	r.MaxRSSBytes, r.PeakMemoryBytes = s.MaxRSSBytes, s.PeakMemoryBytes
	r.LimitsMet, r.LimitsHeld = s.Met, s.Held
	r.Warnings = append(r.Warnings, s.Warnings...)
	if s.Ended {
		r.ExitCode = s.Status.ExitStatus() // -1 after a signal
		if s.Status.Signaled() {
			r.Signal = unix.SignalName(s.Status.Signal())
		}
	}
	if s.LeftBehind > 0 {
		r.warn(fmt.Sprintf("the program left %d processes behind, which were ended", s.LeftBehind))
	}
	if s.Escaped > 0 {
		r.warn(fmt.Sprintf("%d processes could not be ended and may still run", s.Escaped))
	}
}

func (r *Result) takeOutput(outs [2]*output) {
	deadline := time.Now().Add(drainTime)
	for _, out := range outs {
		r.warn(out.finish(deadline))
	}
	out, err := outs[0], outs[1]
	r.Stdout, r.StdoutReplaced = out.kept.text()
	r.Stderr, r.StderrReplaced = err.kept.text()
	r.StdoutTruncated, r.StderrTruncated = out.cut || out.kept.truncated(), err.cut || err.kept.truncated()
	r.StdoutBytes, r.StderrBytes = out.written, err.written
}

// ending is the error that says how the program ended, nil for success.
func (r *Result) ending(ctx context.Context, s supervisor.Report) error {
	program, line := r.Argv[0], lastLine(r.Stderr)
	switch {
	case !s.Ended:
		return fmt.Errorf("program %q cannot be ended, it hangs in the kernel", program)
	case s.Stopped:
		r.Stopped = endOf(ctx).Error()
		return fmt.Errorf("program %q was stopped after %s: %w", program, seconds(r.Seconds), endOf(ctx))
	case r.ExitCode != 0 && len(r.LimitsMet) > 0:
		return &LimitError{program, r.heldOf(r.LimitsMet), line}
	case s.Status.Signaled():
		return &SignalError{program, s.Status.Signal(), line, r.LimitsHeld}
	case r.ExitCode != 0:
		return &ExitError{program, r.ExitCode, line, r.LimitsHeld}
	}
	return nil
}

func (r *Result) heldOf(names []string) []limit.Held {
	return slices.DeleteFunc(slices.Clone(r.LimitsHeld), func(h limit.Held) bool { return !slices.Contains(names, h.Name) })
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
