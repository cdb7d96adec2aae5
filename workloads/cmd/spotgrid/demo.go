package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/stack"
)

const demoHelp = `Bring the stack up, draw sample photos and make other inputs, run a small batch of
each job kind on them and print the results with the time and cost of each job:
k-means fits, commands, photos, a search for duplicates among them, the verdict
on a pager, a computation, and Wikipedia where it answers. At the end there is a
gallery: one HTML page with the pictures, which loads nothing. It needs no
account and costs nothing.

Inputs and gallery are in the folder demo of the users' files (spotgrid files ls
demo), and go with the stack. Another run replaces them. With --json the last
line says where the gallery is and how the jobs ended.`

func demoCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "demo", Short: "Bring the grid up, run a batch of everything and make a page of what it gave",
		Long: demoHelp, Example: "  spotgrid demo\n  spotgrid demo --json | tail -1 | jq -r .gallery", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := g.project()
			if err != nil {
				return err
			}
			if !s.Local() {
				return usageError{fmt.Errorf("stack %q is not one of this machine: the demo takes local, or local-…", s.Name)}
			}
			return runDemo(cmd, g, s)
		},
	}
}

func runDemo(cmd *cobra.Command, g *globals, s stack.Stack) error {
	unlock, err := lockDemo(s)
	if err != nil {
		return err
	}
	defer unlock()
	say := func(format string, args ...any) { fmt.Fprintf(cmd.ErrOrStderr(), "\n==> "+format+"\n", args...) }
	say("1/4 pulumi up of stack %s", s.Name)
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	prepared := prepareDemo(ctx)
	if err := up(cmd, g, s); err != nil {
		return fmt.Errorf("%w\nnothing is lost: mend what it says and run the demo again", err)
	}
	d, err := newDemoRun(cmd, g, s.Name)
	if err != nil {
		return err
	}
	defer d.open.close()
	if err := d.take(<-prepared); err != nil {
		return err
	}
	failed := d.batches(say)
	if failed != nil && !errors.Is(failed, errJobs) {
		return failed
	}
	say("4/4 results")
	if err := d.show(); err != nil {
		return err
	}
	return failed
}

const nextCommands = `
Try next:
  bin/spotgrid submit --watch -- uname -a         run a command of yours on the grid
  bin/spotgrid status                             the agent, its queues and fleets
  bin/spotgrid workers                            who works; then: bin/spotgrid interrupt WORKER
  echo '{"jobs":1000,"vcpu_seconds":3600000}' | bin/spotgrid invoke quote    call the grid's function
  bin/spotgrid preview                            change stacks/config/Pulumi.local.yaml first
  make down                                       take everything away again
`

// lockDemo keeps two demos from sharing one stack.
func lockDemo(s stack.Stack) (unlock func(), err error) {
	if err := os.MkdirAll(s.Folder(), 0o700); err != nil {
		return nil, fmt.Errorf("preparing the demo: %w", err)
	}
	lock := flock.New(filepath.Join(s.Folder(), "demo.lock"))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking the demo: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("another demo of stack %s is running: let it finish, or watch it with `bin/spotgrid watch`", s.Name)
	}
	return func() { lock.Unlock() }, nil
}
