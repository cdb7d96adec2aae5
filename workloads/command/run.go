package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/spotgrid/spotgrid/workloads/command/cgroup"
	"github.com/spotgrid/spotgrid/workloads/command/supervisor"
)

// DefaultGrace is how long a program may take to end after SIGTERM. A spot
// machine is gone 30 s (GCP) to 120 s (AWS) after its notice, and the worker
// has more to do in that time.
const DefaultGrace = 5 * time.Second

// Options are what the worker decides about the programs it runs.
type Options struct {
	// Grace is the time between SIGTERM and SIGKILL; default DefaultGrace.
	Grace time.Duration
	// Path is the PATH of programs whose Env has none; default DefaultPath.
	Path string
	// TempDir is where temporary working directories are made; default
	// os.TempDir().
	TempDir string
	// Output takes stdout and stderr as they come; nil for nowhere. It must be
	// safe for concurrent use. If a Write fails, the program still runs on,
	// and the result has a warning.
	Output io.Writer
	// Files is the folder of users' files; nil: there is none.
	Files *os.Root
	// OutputFolder is where outputs go whose Spec names no folder.
	OutputFolder string
	// MaxFiles and MaxFileBytes bound what is copied in, and what is copied
	// out; defaults DefaultMaxFiles and DefaultMaxFileBytes.
	MaxFiles     int
	MaxFileBytes int64
	// Secrets are found by the scheme of a reference; nil: there are none.
	Secrets map[string]Secrets
	// Cgroup is where cgroups for programs are made; without a path programs
	// have none.
	Cgroup cgroup.Parent
}

// Defaults of Options.
const (
	DefaultMaxFiles     = 10_000
	DefaultMaxFileBytes = 16 << 30
)

func (o Options) withDefaults() Options {
	if o.Grace == 0 {
		o.Grace = DefaultGrace
	}
	if o.MaxFiles == 0 {
		o.MaxFiles = DefaultMaxFiles
	}
	if o.MaxFileBytes == 0 {
		o.MaxFileBytes = DefaultMaxFileBytes
	}
	return o
}

// Run runs the program to its end and returns how it went. If ctx ends first,
// the whole process group gets SIGTERM and, after the grace, all that the
// program started gets SIGKILL.
//
// The executable must call supervisor.Enter first of all: Run starts it again
// as the supervisor.
//
// The error is nil if the program exited with 0 and its outputs are copied. It
// is an *ExitError, a *SignalError or a *LimitError if the program ended
// otherwise, an *UnrunnableError if it cannot be started, and else wraps the end
// of ctx or what failed on the machine. The Result is filled in as far as the
// program got, also beside an error.
func Run(ctx context.Context, spec Spec, o Options) (result Result, err error) {
	o = o.withDefaults()
	result = Result{Argv: spec.Argv, ExitCode: -1}
	defer func() {
		if err != nil {
			result.Cause = err.Error()
		}
	}()
	if err := spec.Check(); err != nil {
		return result, &UnrunnableError{fmt.Errorf("checking command: %w", err)}
	}
	if spec.needsFiles() && o.Files == nil {
		return result, &UnrunnableError{errors.New("the command uses files, and this worker has no volume with users' files")}
	}
	if ctx.Err() != nil {
		return result, fmt.Errorf("program %q was not started: %w", spec.Argv[0], endOf(ctx))
	}
	dir, err := newWorkDir(spec.Dir, o.TempDir)
	if err != nil {
		return result, err
	}
	err = runIn(ctx, dir, spec, o, &result)
	if cleanErr := dir.remove(); cleanErr != nil {
		result.warn(fmt.Sprintf("removing the temporary directory: %v", cleanErr))
	}
	return result, err
}

func runIn(ctx context.Context, dir workDir, spec Spec, o Options, result *Result) error {
	secrets, err := resolve(ctx, spec.Secrets, o.Secrets)
	if err != nil {
		return err
	}
	if err := copyIn(ctx, dir, spec, o, result); err != nil {
		return err
	}
	env := environment(spec, dir, o.Path, secrets)
	program, err := lookUp(spec.Argv[0], env["PATH"])
	if err != nil {
		return err
	}
	order := supervisor.Order{
		Path: program, Argv: spec.Argv, Env: pairs(env), Dir: dir.path,
		GraceMilliseconds: o.Grace.Milliseconds(), Limits: spec.Limits, Cgroup: o.Cgroup,
	}
	report, err := runProgram(ctx, order, spec, o, secrets, result)
	if err != nil {
		return err
	}
	if err := result.ending(ctx, report); err != nil {
		return err
	}
	return copyOut(ctx, dir, spec, o, result)
}

// runProgram connects the program's streams and has it run.
func runProgram(ctx context.Context, order supervisor.Order, spec Spec, o Options, secrets map[string]string, result *Result) (supervisor.Report, error) {
	in, err := openInput(spec, o.Files)
	if err != nil {
		return supervisor.Report{}, err
	}
	outs, err := newOutputs(spec.outputLimit(), o.Output, secrets)
	if err != nil {
		in.abandon()
		return supervisor.Report{}, err
	}
	s, err := startSupervisor(in.read, outs[0].write, outs[1].write)
	for _, out := range outs {
		if err != nil {
			out.abandon()
			continue
		}
		out.closeWrite()
		go out.drain()
	}
	if err != nil {
		in.abandon()
		return supervisor.Report{}, err
	}
	in.feed()
	report, err := s.supervise(ctx, order)
	result.StdinBytes = in.finish()
	result.takeOutput(outs)
	if err != nil {
		return report, err
	}
	if report.StartError != "" {
		return report, startError(spec.Argv[0], report)
	}
	result.take(report)
	return report, nil
}

// startError is why the program could not be started.
func startError(program string, r supervisor.Report) error {
	if r.StartErrno == 0 || r.StartError != r.StartErrno.Error() {
		return fmt.Errorf("starting program %q: %s", program, r.StartError)
	}
	return classifyStart(fmt.Errorf("starting program %q: %w", program, syscall.Errno(r.StartErrno)))
}
