// Command spotgrid is how a user talks to a grid: it submits jobs, watches
// them, shows results, dead letters and workers, and brings stacks up and
// down. It is also the agent that a local grid runs in the background.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/gridstatus"
	"github.com/spotgrid/spotgrid/workloads/invoke"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/stack"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// Exit codes.
const (
	exitFailure = 1   // anything else went wrong
	exitUsage   = 2   // bad arguments or bad input: nothing was done
	exitNoGrid  = 3   // there is no grid, it does not answer, or there is no way to it from here
	exitJobs    = 4   // the command worked, but jobs did not succeed
	exitSignal  = 130 // interrupted by the user
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second Ctrl-C ends the command at once
	}()
	err := root().ExecuteContext(ctx)
	if err == nil {
		return
	}
	if !errors.Is(err, context.Canceled) && !errors.As(err, new(silent)) {
		fmt.Fprintln(os.Stderr, "spotgrid:", err)
	}
	os.Exit(exitCode(err))
}

// usageError marks faults of what the user gave.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// silent marks an outcome that was shown already.
type silent struct{ error }

// errJobs means that jobs did not succeed.
var errJobs = silent{errors.New("some jobs did not succeed")}

func exitCode(err error) int {
	switch {
	case errors.Is(err, errJobs):
		return exitJobs
	case errors.Is(err, context.Canceled):
		return exitSignal
	case errors.As(err, new(usageError)), job.IsRejected(err), fromCobra(err), isBadCall(err):
		return exitUsage
	case isNoGrid(err):
		return exitNoGrid
	}
	return exitFailure
}

// isBadCall recognizes calls of functions that were refused for their input.
func isBadCall(err error) bool {
	k := invoke.KindOf(err)
	return k == invoke.KindBadInput || k == invoke.KindTooLarge
}

// noGrid are errors that mean that there is no grid, or none that answers.
var noGrid = []error{
	stack.ErrNoGrid, stack.ErrNoProject, stack.ErrNoLogin, api.ErrDown, errNoVolume,
	gridstatus.ErrUnavailable, gridstatus.ErrGone, volume.ErrUnavailable,
}

func isNoGrid(err error) bool {
	for _, known := range noGrid {
		if errors.Is(err, known) {
			return true
		}
	}
	q, i := queue.KindOf(err), invoke.KindOf(err)
	return q == queue.KindUnavailable || q == queue.KindNotFound ||
		i == invoke.KindUnavailable || i == invoke.KindNotFound
}

// fromCobra recognizes the faults that cobra finds by itself and has no type
// for.
func fromCobra(err error) bool {
	return strings.HasPrefix(err.Error(), "unknown command") || strings.HasPrefix(err.Error(), "required flag")
}

const rootHelp = `spotgrid runs jobs on a grid of interruptible machines.

The grid is a Pulumi stack, found by its name (--stack, or the environment
variable SPOTGRID_STACK) from the project's folder, or by a file with the
stack's outputs (--grid). It stands on this machine (target local), on AWS, on
Google Cloud, or on both. Clouds are asked with your own login, found as their
own commands find it.

Batches, results, logs and what workers are doing are kept on the grid's volume.
A volume of files in a cloud is mounted by the grid's machines only: run commands
that need it on one of them, or mount it and name it with --volume. A bucket is
reached from anywhere.

Exit codes: 0 done, 1 failed, 2 bad arguments or input (nothing was done),
3 no grid, no answer from it, or no way to it from here (login, volume), 4 some
jobs did not succeed, costs are over the budget or a rule is broken, 130
interrupted.`

func root() *cobra.Command {
	g := &globals{}
	cmd := &cobra.Command{
		Use: "spotgrid", Short: "Run jobs on a grid of interruptible machines", Long: rootHelp,
		Example: "  spotgrid submit -- echo hello\n  spotgrid watch\n  spotgrid results",
		// Errors are printed once, in main.
		SilenceErrors: true, SilenceUsage: true,
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see `%s --help`", err, c.CommandPath())}
	})
	flags := cmd.PersistentFlags()
	flags.StringVar(&g.stack, "stack", envOr("SPOTGRID_STACK", "local"), "`name` of the grid's stack")
	flags.StringVar(&g.gridFile, "grid", "", "`file` with what 'pulumi stack output --json' printed, instead of --stack")
	flags.StringVar(&g.queue, "queue", envOr("SPOTGRID_QUEUE", ""), "`name` of one of the grid's other queues, for jobs that only some fleets take")
	flags.StringVar(&g.volumeURL, "volume", envOr("SPOTGRID_VOLUME_URL", ""), "`URL` of where the grid's volume is mounted on this machine, such as file:///mnt/grid")
	flags.BoolVar(&g.json, "json", false, "print JSON, one value a line")
	cmd.AddGroup(
		&cobra.Group{ID: "jobs", Title: "Jobs:"},
		&cobra.Group{ID: "grid", Title: "The grid:"},
		&cobra.Group{ID: "stack", Title: "Its stack:"},
	)
	add := func(group string, cmds ...*cobra.Command) {
		for _, c := range cmds {
			c.GroupID = group
			cmd.AddCommand(c)
		}
	}
	add("jobs", submitCommand(g), watchCommand(g), resultsCommand(g), jobsCommand(g), logsCommand(g), deadCommand(g), kmeansCommand(g))
	add("jobs", alertsCommand(g), filesCommand(g))
	add("grid", statusCommand(g), workersCommand(g), interruptCommand(g), invokeCommand(g), agentCommand(g))
	add("stack", previewCommand(g), upCommand(g), downCommand(g), pulumiCommand(g), demoCommand(g))
	add("stack", policyCommand(g), costCommand(g), pricesCommand(g))
	return cmd
}

func envOr(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// args makes the error of an argument check one of bad usage.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, a []string) error {
		if err := check(cmd, a); err != nil {
			return usageError{fmt.Errorf("%w; see `%s --help`", err, cmd.CommandPath())}
		}
		return nil
	}
}
