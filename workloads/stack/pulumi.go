package stack

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// operations are the commands of pulumi that read a stack's config and might
// write to it.
var operations = []string{"up", "update", "preview", "pre", "refresh", "destroy", "dn", "down", "import", "watch"}

// Run runs pulumi on the stack, which is created first if it is a local one.
func (s Stack) Run(ctx context.Context, io Streams, args ...string) error {
	if s.Local() {
		if err := s.ensure(ctx); err != nil {
			return err
		}
		s.clearLocks()
		if len(args) > 0 && slices.Contains(operations, args[0]) {
			file, err := s.configCopy()
			if err != nil {
				return err
			}
			args = append(args, "--config-file", file)
		}
	} else {
		args = append(args, "--stack", s.Name)
	}
	return s.run(ctx, s.Root, io, args...)
}

// ensure creates a local stack. It does so in a folder of its own that holds
// only the project file, because pulumi leaves a config file beside it.
func (s Stack) ensure(ctx context.Context) error {
	if s.exists() {
		return nil
	}
	if err := s.prepare(); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(s.Folder(), "init-")
	if err != nil {
		return fmt.Errorf("creating stack %q: %w", s.Name, err)
	}
	defer os.RemoveAll(scratch)
	if err := os.WriteFile(filepath.Join(scratch, "Pulumi.yaml"), []byte("name: spotgrid\nruntime: go\n"), 0o600); err != nil {
		return fmt.Errorf("creating stack %q: %w", s.Name, err)
	}
	if err := s.quiet(ctx, scratch, "stack", "init", s.Name, "--non-interactive"); err != nil {
		return fmt.Errorf("creating stack %q: %w", s.Name, err)
	}
	if err := s.quiet(ctx, s.Root, "stack", "select", s.Name); err != nil {
		return fmt.Errorf("selecting stack %q: %w", s.Name, err)
	}
	return nil
}

// quiet runs pulumi and shows what it printed only if it fails.
func (s Stack) quiet(ctx context.Context, dir string, args ...string) error {
	var out bytes.Buffer
	if err := s.run(ctx, dir, Streams{Out: &out, Err: &out}, args...); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(out.String()))
	}
	return nil
}

func (s Stack) run(ctx context.Context, dir string, io Streams, args ...string) error {
	program, err := s.Pulumi()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = dir, s.Environment(os.Environ())
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

// Destroy takes a local stack down with everything that belongs to it: the
// grid, then the stack, then its folder. A stack of a cloud is only destroyed;
// its history stays.
func (s Stack) Destroy(ctx context.Context, io Streams, args ...string) error {
	if !s.Local() {
		return s.Run(ctx, io, append([]string{"destroy"}, args...)...)
	}
	if !s.exists() {
		return os.RemoveAll(s.Folder())
	}
	if err := s.Run(ctx, io, append([]string{"destroy", "--yes", "--skip-preview"}, args...)...); err != nil {
		return err
	}
	if err := s.quiet(ctx, s.Root, "stack", "rm", s.Name, "--yes", "--preserve-config"); err != nil {
		return fmt.Errorf("removing stack %q: %w", s.Name, err)
	}
	for _, dir := range []string{s.Folder(), filepath.Join(s.Root, ".spotgrid", "grids", s.Name)} {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("removing stack %q: %w", s.Name, err)
		}
	}
	// What is empty now goes too; what is not belongs to other stacks.
	for _, dir := range []string{"stacks", "grids", "."} {
		os.Remove(filepath.Join(s.Root, ".spotgrid", dir))
	}
	return nil
}
