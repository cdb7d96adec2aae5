package stack

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// cancelGrace is what an interrupted pulumi gets to end what it began: the
// longest drain of a fleet, and some.
const cancelGrace = 2 * time.Minute

// Streams are where a pulumi command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// runner runs pulumi commands in one environment.
type runner struct {
	program     string
	environment []string
}

func (s Stack) runner(environment []string) (runner, error) {
	program, err := s.Pulumi()
	return runner{program, environment}, err
}

// quiet runs pulumi and shows what it printed only if it fails.
func (r runner) quiet(ctx context.Context, dir string, args ...string) error {
	var out bytes.Buffer
	if err := r.run(ctx, dir, Streams{Out: &out, Err: &out}, args...); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(out.String()))
	}
	return nil
}

func (r runner) run(ctx context.Context, dir string, io Streams, args ...string) error {
	cmd := exec.CommandContext(ctx, r.program, args...)
	cmd.Dir, cmd.Env = dir, r.environment
	cmd.Stdin, cmd.Stdout, cmd.Stderr = io.In, io.Out, io.Err
	// A terminal's Ctrl-C reaches pulumi by itself; a second signal from here
	// would make it give up in the middle. Ending is for cancelGrace.
	cmd.Cancel = func() error { return nil }
	if !terminal(io.In) {
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	}
	cmd.WaitDelay = cancelGrace
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("pulumi %s: %w", args[0], err)
	}
	return nil
}

// terminal reports whether r is a character device, whose signals go to the
// whole foreground group.
func terminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}
