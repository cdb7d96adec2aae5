// Package command runs one program for a job: an argument list, never a
// shell, in a process group of its own, with an explicit environment and
// captured output.
//
// When the program ends, or its context does, every process left in its group
// is killed. A program that moves its children to another session (setsid)
// takes them out of reach. The kernel also kills the program itself when the
// worker dies, so that a retried job does not run twice for long. Linux only.
package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// Limits of a Spec.
const (
	// MaxArguments is the most entries argv may have, the program included.
	MaxArguments = 1024
	// DefaultMaxOutputBytes is kept of stdout and of stderr by default: 1 MiB.
	DefaultMaxOutputBytes = 1 << 20
	// LimitMaxOutputBytes is the largest MaxOutputBytes: 64 MiB, as captured
	// output is held in memory and becomes part of the result.
	LimitMaxOutputBytes = 64 << 20
)

// Spec is the payload of a job of kind "command".
type Spec struct {
	// Argv is the program and its arguments: 1..MaxArguments entries, the
	// first not empty, none with a NUL byte. A program without a slash is
	// looked up in the PATH of the job's environment; one with a relative path
	// is found from Dir. Nothing in it is interpreted.
	Argv []string `json:"argv"`
	// Env is what the program gets beside the minimum: PATH, LANG=C.UTF-8,
	// HOME (the working directory) and, where the directory is a temporary
	// one, TMPDIR. An entry here replaces one of those. Nothing of the
	// worker's own environment is passed on.
	Env map[string]string `json:"env,omitempty"`
	// Dir is the working directory, absolute and existing. Default: a fresh
	// temporary directory, removed when the program has ended.
	Dir string `json:"dir,omitempty"`
	// Stdin is what the program reads; default nothing.
	Stdin string `json:"stdin,omitempty"`
	// MaxOutputBytes is how much of stdout and how much of stderr the result
	// keeps, in bytes: 0..LimitMaxOutputBytes, default DefaultMaxOutputBytes.
	// What is more is read and dropped; the program runs on.
	MaxOutputBytes *int `json:"max_output_bytes,omitempty"`
}

// Parse reads a payload strictly and returns every fault of it, joined.
func Parse(payload json.RawMessage) (Spec, error) {
	if len(payload) == 0 {
		return Spec{}, errors.New(`payload is empty, want a JSON object such as {"argv":["hostname"]}`)
	}
	var s Spec
	if err := job.DecodeStrict(payload, &s); err != nil {
		return Spec{}, fmt.Errorf("decoding payload: %w", err)
	}
	return s, s.Check()
}

// Check returns every fault of the spec, joined, or nil. It does not look
// whether the program exists: another machine may run it.
func (s Spec) Check() error {
	errs := checkArgv(s.Argv)
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			bad("env has the name %q, want one that is not empty and has no equals sign or NUL byte", name)
		}
		if strings.Contains(s.Env[name], "\x00") {
			bad("env[%q] has a NUL byte, which no program can be given", name)
		}
	}
	if s.Dir != "" && (!filepath.IsAbs(s.Dir) || strings.Contains(s.Dir, "\x00")) {
		bad("dir is %q, want an absolute path, or none for a temporary directory", s.Dir)
	}
	if n := s.outputLimit(); n < 0 || n > LimitMaxOutputBytes {
		bad("max_output_bytes is %d, want 0..%d", n, LimitMaxOutputBytes)
	}
	return errors.Join(errs...)
}

func checkArgv(argv []string) []error {
	var errs []error
	if n := len(argv); n == 0 || n > MaxArguments {
		errs = append(errs, fmt.Errorf("argv has %d entries, want 1..%d, the program first", n, MaxArguments))
	}
	if len(argv) > 0 && argv[0] == "" {
		errs = append(errs, errors.New("argv[0] is empty, want the program"))
	}
	for i, arg := range argv {
		if strings.Contains(arg, "\x00") {
			errs = append(errs, fmt.Errorf("argv[%d] has a NUL byte, which no program can be given", i))
		}
	}
	return errs
}

func (s Spec) outputLimit() int {
	if s.MaxOutputBytes == nil {
		return DefaultMaxOutputBytes
	}
	return *s.MaxOutputBytes
}
