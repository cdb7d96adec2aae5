// Package command runs one program for a job: an argument list, never a
// shell, with limits, an explicit environment, captured output, and files that
// are copied in from and out to the users' folder on the volume.
//
// A supervisor, which is the worker's own executable started again, stands
// between worker and program (package supervisor). When the program ends, or
// its context, or the worker is killed, every process that the program left is
// killed too, also those that made themselves daemons. Linux only.
package command

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spotgrid/spotgrid/workloads/command/limit"
	"github.com/spotgrid/spotgrid/workloads/job"
)

// Limits of a Spec.
const (
	// MaxArguments is the most entries argv may have, the program included.
	MaxArguments = 1024
	// MaxEntries is the most inputs, outputs and secrets there may be, of each.
	MaxEntries = 256
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
	// Secrets are further variables of the environment. Each value says where
	// the worker finds the secret: "file:NAME" or "env:NAME", see Secrets. What
	// the worker finds is in no job, log or result.
	Secrets map[string]string `json:"secrets,omitempty"`
	// Dir is the working directory, absolute and existing. Default: a fresh
	// temporary directory, removed when the program has ended.
	Dir string `json:"dir,omitempty"`
	// Stdin, StdinBase64 and StdinFile, of which one may be given, are what the
	// program reads: text, any bytes, or a file among the users' files. Default
	// nothing.
	Stdin       string `json:"stdin,omitempty"`
	StdinBase64 []byte `json:"stdin_base64,omitempty"`
	StdinFile   string `json:"stdin_file,omitempty"`
	// Inputs are copied into the working directory before the program starts.
	Inputs []Input `json:"inputs,omitempty"`
	// Outputs are patterns of files in the working directory that are copied to
	// the OutputFolder once the program has succeeded; see filetree.Match. One
	// that matches nothing fails the job.
	Outputs []string `json:"outputs,omitempty"`
	// OutputFolder is where, among the users' files, outputs go under their
	// paths in the working directory. Files that are there are replaced.
	// Default: outputs/ and the job's ID.
	OutputFolder string `json:"output_folder,omitempty"`
	// Limits bound the program with all that it starts.
	Limits limit.Limits `json:"limits,omitzero"`
	// MaxOutputBytes is how much of stdout and how much of stderr the result
	// keeps, in bytes: 0..LimitMaxOutputBytes, default DefaultMaxOutputBytes.
	// Of more, the first and the last half are kept; the program runs on.
	MaxOutputBytes *int `json:"max_output_bytes,omitempty"`
}

// Input is a file or folder to copy into the working directory.
type Input struct {
	// From is its path among the users' files.
	From string `json:"from"`
	// To is its path in the working directory; default From.
	To string `json:"to,omitempty"`
}

func (in Input) to() string {
	if in.To == "" {
		return in.From
	}
	return in.To
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

// needsFiles reports whether the program uses users' files.
func (s Spec) needsFiles() bool {
	return s.StdinFile != "" || len(s.Inputs) > 0 || len(s.Outputs) > 0
}

func (s Spec) outputLimit() int {
	if s.MaxOutputBytes == nil {
		return DefaultMaxOutputBytes
	}
	return *s.MaxOutputBytes
}
