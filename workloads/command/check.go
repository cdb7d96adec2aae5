package command

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/command/filetree"
)

// faults collects what is wrong.
type faults []error

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Errorf(format, args...)) }

// Check returns every fault of the spec, joined, or nil. It does not look
// whether the program, a file or a secret exists: another machine may run it.
func (s Spec) Check() error {
	var f faults
	f.checkArgv(s.Argv)
	f.checkEnv(s.Env)
	f.checkSecrets(s.Secrets, s.Env)
	f.checkStdin(s)
	f.checkTransfers(s)
	if s.Dir != "" && (!filepath.IsAbs(s.Dir) || strings.Contains(s.Dir, "\x00")) {
		f.add("dir is %q, want an absolute path, or none for a temporary directory", s.Dir)
	}
	if n := s.outputLimit(); n < 0 || n > LimitMaxOutputBytes {
		f.add("max_output_bytes is %d, want 0..%d", n, LimitMaxOutputBytes)
	}
	return errors.Join(append(f, s.Limits.Check())...)
}

func (f *faults) checkArgv(argv []string) {
	if n := len(argv); n == 0 || n > MaxArguments {
		f.add("argv has %d entries, want 1..%d, the program first", n, MaxArguments)
	}
	if len(argv) > 0 && argv[0] == "" {
		f.add("argv[0] is empty, want the program")
	}
	for i, arg := range argv {
		if strings.Contains(arg, "\x00") {
			f.add("argv[%d] has a NUL byte, which no program can be given", i)
		}
	}
}

func badName(name string) bool { return name == "" || strings.ContainsAny(name, "=\x00") }

func (f *faults) checkEnv(env map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if badName(name) {
			f.add("env has the name %q, want one that is not empty and has no equals sign or NUL byte", name)
		}
		if strings.Contains(env[name], "\x00") {
			f.add("env[%q] has a NUL byte, which no program can be given", name)
		}
	}
}

// checkSecrets does not repeat a reference that it does not understand: it may
// be the secret itself, given in place of where to find it.
func (f *faults) checkSecrets(secrets, env map[string]string) {
	if n := len(secrets); n > MaxEntries {
		f.add("secrets has %d entries, want at most %d", n, MaxEntries)
	}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if badName(name) {
			f.add("secrets has the name %q, want one that is not empty and has no equals sign or NUL byte", name)
		}
		if _, twice := env[name]; twice {
			f.add("%q is in env and in secrets, want it in one of them", name)
		}
		if _, _, err := splitReference(secrets[name]); err != nil {
			f.add("secrets[%q] %w", name, err)
		}
	}
}

func (f *faults) checkStdin(s Spec) {
	given := 0
	for _, is := range []bool{s.Stdin != "", len(s.StdinBase64) > 0, s.StdinFile != ""} {
		if is {
			given++
		}
	}
	if given > 1 {
		f.add("stdin is given %d times, want one of stdin, stdin_base64 and stdin_file", given)
	}
	if s.StdinFile != "" {
		f.checkPath("stdin_file", filetree.CheckPath(s.StdinFile))
	}
}

func (f *faults) checkTransfers(s Spec) {
	if n := len(s.Inputs); n > MaxEntries {
		f.add("inputs has %d entries, want at most %d", n, MaxEntries)
	}
	if n := len(s.Outputs); n > MaxEntries {
		f.add("outputs has %d entries, want at most %d", n, MaxEntries)
	}
	places := map[string]int{}
	for i, in := range s.Inputs {
		if first, twice := places[path.Clean(in.to())]; twice {
			f.add("inputs[%d] goes to %q, where inputs[%d] goes too", i, in.to(), first)
		}
		places[path.Clean(in.to())] = i
		f.checkPath(fmt.Sprintf("inputs[%d].from", i), filetree.CheckPath(in.From))
		if in.To != "" {
			f.checkPath(fmt.Sprintf("inputs[%d].to", i), filetree.CheckPath(in.To))
		}
	}
	for i, pattern := range s.Outputs {
		f.checkPath(fmt.Sprintf("outputs[%d]", i), filetree.CheckPattern(pattern))
	}
	if s.OutputFolder != "" {
		f.checkPath("output_folder", filetree.CheckPath(s.OutputFolder))
		if len(s.Outputs) == 0 {
			f.add("output_folder is given without outputs, want patterns of files to put there")
		}
	}
}

func (f *faults) checkPath(field string, err error) {
	if err != nil {
		f.add("%s is %w", field, err)
	}
}
