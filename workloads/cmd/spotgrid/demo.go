package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/stack"
)

// The demo's batch: fits of k-means on points made from a seed each, and
// commands. Enough to see a fleet come up, spread the work and go again.
const (
	demoFits     = 10
	demoCommands = 20
)

func demoCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "demo", Short: "Bring the grid up, run a batch and show what it gave",
		Long: `Bring the stack up, submit a batch of 10 k-means fits (100,000 points in 10
dimensions each) and 20 commands, watch it run and print the results with the
time and cost of each job. It needs no account and costs nothing.`,
		Example: "  spotgrid demo", Args: args(cobra.NoArgs),
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
	say("1/3 pulumi up of stack %s", s.Name)
	if err := up(cmd, g, s); err != nil {
		return fmt.Errorf("%w\nnothing is lost: mend what it says and run the demo again", err)
	}
	say("2/3 %d k-means fits and %d commands", demoFits, demoCommands)
	jobs, err := demoJobs()
	if err != nil {
		return err
	}
	batch := "demo-" + strings.ToLower(rand.Text()[:8])
	if err := complete(jobs, batch, time.Now().UTC()); err != nil {
		return err
	}
	open, err := g.open(cmd.Context())
	if err != nil {
		return err
	}
	defer open.close()
	if err := open.volume.WriteBatch(batch, time.Now().UTC(), jobs); err != nil {
		return err
	}
	sent := &submission{batch: batch, watch: true}
	failed := sent.send(cmd, g, open, jobs)
	if failed != nil && !errors.Is(failed, errJobs) {
		return failed
	}
	say("3/3 results")
	if err := showResults(cmd, g, open.volume, batch); err != nil {
		return err
	}
	if !g.json {
		fmt.Fprint(cmd.OutOrStdout(), nextCommands)
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

func demoJobs() ([]job.Job, error) {
	var jobs []job.Job
	add := func(kind string, payload any) error {
		b, err := json.Marshal(payload)
		jobs = append(jobs, job.Job{Kind: kind, Payload: b})
		return err
	}
	for i := range demoFits {
		if err := add("kmeans", map[string]int{"points": 100_000, "features": 10, "clusters": 3, "seed": i + 1}); err != nil {
			return nil, err
		}
	}
	for i := range demoCommands {
		argv := []string{"echo", fmt.Sprintf("command %d of %d", i+1, demoCommands), "&& rm -rf / is only text"}
		if i%4 == 0 {
			argv = []string{"sleep", "0.5"}
		}
		if err := add("command", map[string][]string{"argv": argv}); err != nil {
			return nil, err
		}
	}
	return jobs, nil
}
