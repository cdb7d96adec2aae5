package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
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
}

// Run runs the program to its end and returns how it went. If ctx ends first,
// the whole process group gets SIGTERM and, after the grace, SIGKILL.
//
// The error is nil if the program exited with 0, an *ExitError or a
// *SignalError if it did not, an *UnrunnableError if it cannot be started, and
// otherwise wraps the end of ctx or what failed on the machine. The Result is
// filled in as far as the program got, also beside an error.
func Run(ctx context.Context, spec Spec, o Options) (Result, error) {
	result := Result{Argv: spec.Argv, ExitCode: -1}
	if err := spec.Check(); err != nil {
		return result, &UnrunnableError{fmt.Errorf("checking command: %w", err)}
	}
	if ctx.Err() != nil {
		return result, fmt.Errorf("program %q was not started: %w", spec.Argv[0], endOf(ctx))
	}
	dir, err := newWorkDir(spec.Dir, o.TempDir)
	if err != nil {
		return result, err
	}
	result, err = runIn(ctx, dir, spec, o)
	if cleanErr := dir.remove(); cleanErr != nil {
		result.warn(fmt.Sprintf("removing the temporary directory: %v", cleanErr))
	}
	return result, err
}

func runIn(ctx context.Context, dir workDir, spec Spec, o Options) (Result, error) {
	// The kernel ties Pdeathsig to the thread that starts the program, so that
	// thread must live as long as the program does.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	result := Result{Argv: spec.Argv, ExitCode: -1}
	env := environment(spec, dir, o.Path)
	program, err := lookUp(spec.Argv[0], env["PATH"])
	if err != nil {
		return result, err
	}
	cmd := &exec.Cmd{
		Path: program, Args: spec.Argv, Dir: dir.path, Env: pairs(env),
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	}
	outs, err := start(cmd, spec, o.Output)
	if err != nil {
		return result, err
	}
	begun := time.Now()
	stopped := superviseGroup(ctx, cmd.Process.Pid, o.Grace)
	waitErr := cmd.Wait() // its error is told by the state, where there is one
	result.Seconds = time.Since(begun).Seconds()
	result.takeOutput(outs)
	if cmd.ProcessState == nil {
		return result, fmt.Errorf("waiting for program %q: %w", spec.Argv[0], waitErr)
	}
	return result, result.finish(ctx, cmd.ProcessState, stopped)
}

func (r *Result) takeOutput(outs [2]*output) {
	deadline := time.Now().Add(drainTime)
	for _, out := range outs {
		r.warn(out.finish(deadline))
	}
	r.Stdout, r.StdoutReplaced = text(outs[0].kept, outs[0].truncated)
	r.Stderr, r.StderrReplaced = text(outs[1].kept, outs[1].truncated)
	r.StdoutTruncated, r.StderrTruncated = outs[0].truncated, outs[1].truncated
}

func (r *Result) warn(warning string) {
	if warning != "" {
		r.Warnings = append(r.Warnings, warning)
	}
}

// start starts the program with its input and outputs connected. On an error
// nothing is left open.
func start(cmd *exec.Cmd, spec Spec, stream io.Writer) (outs [2]*output, err error) {
	for i, name := range []string{"stdout", "stderr"} {
		if outs[i], err = newOutput(name, spec.outputLimit(), stream); err != nil {
			break
		}
	}
	if err == nil {
		cmd.Stdout, cmd.Stderr = outs[0].write, outs[1].write
		err = startWithInput(cmd, spec)
	}
	for _, out := range outs {
		switch {
		case out == nil:
		case err != nil:
			out.closeWrite()
			out.closeRead()
		default:
			out.closeWrite()
			go out.drain()
		}
	}
	return outs, err
}

func startWithInput(cmd *exec.Cmd, spec Spec) error {
	var stdin io.WriteCloser
	if spec.Stdin != "" {
		var err error
		if stdin, err = cmd.StdinPipe(); err != nil {
			return fmt.Errorf("opening a pipe for stdin: %w", err)
		}
	}
	if err := cmd.Start(); err != nil {
		return classifyStart(fmt.Errorf("starting program %q: %w", spec.Argv[0], err))
	}
	if stdin != nil {
		go func() {
			// A program need not read its input; Wait closes the pipe then.
			_, _ = io.WriteString(stdin, spec.Stdin)
			_ = stdin.Close()
		}()
	}
	return nil
}

// superviseGroup returns when the program has ended and every process of its
// group has been sent SIGKILL; stopped says that ctx ended before the program
// did. The program is not reaped yet, so its group's number is still its own.
func superviseGroup(ctx context.Context, pid int, grace time.Duration) (stopped bool) {
	if grace == 0 {
		grace = DefaultGrace
	}
	exited := make(chan struct{})
	go func() {
		awaitExit(pid)
		close(exited)
	}()
	select {
	case <-exited:
	case <-ctx.Done():
		stopped = true
		_ = syscall.Kill(-pid, syscall.SIGTERM) // gone already is fine
		select {
		case <-exited:
		case <-time.After(grace):
		}
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	<-exited
	return stopped
}

// awaitExit blocks until the child has ended, and leaves it to be reaped.
func awaitExit(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
