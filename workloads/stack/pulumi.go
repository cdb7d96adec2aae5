package stack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// operations are the commands of pulumi that read a stack's config and might
// write to it.
var operations = []string{"up", "update", "preview", "pre", "refresh", "destroy", "dn", "down", "import", "watch"}

// Run runs pulumi on the stack, which is created first if it is a local one.
// ErrNoLogin: it is not, and there is no login; nothing was run.
func (s Stack) Run(ctx context.Context, io Streams, args ...string) error {
	run, err := s.ready()
	if err != nil {
		return err
	}
	if !s.Local() {
		return run.run(ctx, s.Root, io, append(args, "--stack", s.Name)...)
	}
	own := s.own()
	if !own.exists() {
		if err := own.create(ctx, run); err != nil {
			return err
		}
	}
	own.clearLocks()
	if len(args) > 0 && slices.Contains(operations, args[0]) {
		file, err := own.configCopy(nil)
		if err != nil {
			return err
		}
		args = append(args, "--config-file", file)
	}
	return run.run(ctx, s.Root, io, args...)
}

// ready is a runner for the stack as it is, if there is a login where it needs
// one.
func (s Stack) ready() (runner, error) {
	if err := s.CheckLogin(os.Environ()); err != nil {
		return runner{}, err
	}
	return s.runner(s.Environment(os.Environ()))
}

// Destroy takes a local stack down with everything that belongs to it: the
// grid, then the stack, then its folder. A stack of a cloud is only destroyed;
// its history stays.
func (s Stack) Destroy(ctx context.Context, io Streams, args ...string) error {
	if !s.Local() {
		return s.Run(ctx, io, append([]string{"destroy"}, args...)...)
	}
	if !s.own().exists() {
		return os.RemoveAll(s.Folder())
	}
	if err := s.Run(ctx, io, append([]string{"destroy", "--yes", "--skip-preview"}, args...)...); err != nil {
		return err
	}
	run, err := s.ready()
	if err != nil {
		return err
	}
	if err := run.quiet(ctx, s.Root, "stack", "rm", s.Name, "--yes", "--preserve-config"); err != nil {
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
