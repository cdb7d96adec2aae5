package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
)

func deadCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use: "dead", Short: "List, show and send again the jobs that were given up",
		Long: `A job that failed as often as it may is given up: it lies in the dead-letter
queue with the cause and the last lines of its log, until it is sent again.`,
		Example: "  spotgrid dead list\n  spotgrid dead show nightly-7-12\n  spotgrid dead redrive nightly-7-12\n  spotgrid dead redrive --all",
	}
	cmd.AddCommand(deadListCommand(g), deadShowCommand(g), deadRedriveCommand(g))
	return cmd
}

// withLetters reads all dead letters of an open grid, puts back those that use
// does not take, and closes the grid.
func withLetters(ctx context.Context, open *session, use func([]letter) (taken map[int]bool, err error)) error {
	defer open.close()
	letters, err := open.readLetters(ctx)
	if err != nil {
		return hint(open.grid, err)
	}
	taken, err := use(letters)
	var back []letter
	for i, l := range letters {
		if !taken[i] {
			back = append(back, l)
		}
	}
	releaseLetters(ctx, open.dead, back)
	return err
}

func deadListCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the jobs that were given up", Args: args(cobra.NoArgs),
		Example: "  spotgrid dead list\n  spotgrid dead list --json | jq -r .id",
		RunE: func(cmd *cobra.Command, _ []string) error {
			open, err := g.openQueues(cmd.Context())
			if err != nil {
				return err
			}
			return withLetters(cmd.Context(), open, func(letters []letter) (map[int]bool, error) {
				return nil, listLetters(cmd, g, letters)
			})
		},
	}
}

func listLetters(cmd *cobra.Command, g *globals, letters []letter) error {
	out := cmd.OutOrStdout()
	if len(letters) == 0 && !g.json {
		fmt.Fprintln(out, "no dead letters")
		return nil
	}
	t := newTable(tableOut(g, out), "JOB", "KIND", "OUTCOME", "TRIES", "CAUSE")
	for _, l := range letters {
		last := l.lastAttempt()
		if l.err != nil {
			last = job.Attempt{Outcome: job.Rejected, Cause: l.err.Error()}
		}
		if g.json {
			if err := printJSON(out, map[string]any{"id": l.id(), "kind": l.job.Kind, "outcome": last.Outcome, "cause": last.Cause, "attempts": len(l.job.Attempts)}); err != nil {
				return err
			}
		}
		t.row(l.id(), l.job.Kind, string(last.Outcome), strconv.Itoa(len(l.job.Attempts)), cut(last.Cause, 90))
	}
	return t.flush()
}

func deadShowCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "show JOB", Short: "Show one dead letter: payload, every attempt, cause, last log lines",
		Example: "  spotgrid dead show nightly-7-12", Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			open, err := g.openQueues(cmd.Context())
			if err != nil {
				return err
			}
			return withLetters(cmd.Context(), open, func(letters []letter) (map[int]bool, error) {
				i := slices.IndexFunc(letters, func(l letter) bool { return l.err == nil && l.job.ID == args[0] })
				if i < 0 {
					return nil, noLetter(args[0])
				}
				return nil, showLetter(cmd, g, letters[i])
			})
		},
	}
}

func noLetter(id string) error {
	return usageError{fmt.Errorf("no dead letter of job %q; `spotgrid dead list` shows those there are", id)}
}

func showLetter(cmd *cobra.Command, g *globals, l letter) error {
	out := cmd.OutOrStdout()
	if g.json {
		return printJSON(out, l.job)
	}
	fmt.Fprintf(out, "job       %s\nkind      %s\nbatch     %s\nsubmitted %s\npayload   %s\n", l.job.ID, l.job.Kind, l.job.Batch, l.job.SubmittedAt.Local().Format(time.DateTime), l.job.Payload)
	if len(l.job.Attempts) == 0 {
		fmt.Fprintf(out, "cause     %s\n", l.lastAttempt().Cause)
	}
	for _, a := range l.job.Attempts {
		fmt.Fprintf(out, "\nattempt %d on %s, %s, %s\n", a.Number, a.Worker, a.Outcome, seconds(a.Seconds()))
		if a.Cause != "" {
			fmt.Fprintf(out, "  cause: %s\n", a.Cause)
		}
		for _, line := range a.LogTail {
			fmt.Fprintf(out, "  | %s\n", line)
		}
	}
	return nil
}

func deadRedriveCommand(g *globals) *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use: "redrive [JOB...]", Short: "Send jobs that were given up again",
		Long: `Send the named jobs, or with --all every one, to the grid's queue again, with
all their attempts to spend anew. Mend the cause first.`,
		Example: "  spotgrid dead redrive nightly-7-12\n  spotgrid dead redrive --all",
		RunE: func(cmd *cobra.Command, ids []string) error {
			if all == (len(ids) > 0) {
				return usageError{fmt.Errorf("want the jobs to send again, or --all; see `spotgrid dead list`")}
			}
			open, err := g.open(cmd.Context())
			if err != nil {
				return err
			}
			return withLetters(cmd.Context(), open, func(letters []letter) (map[int]bool, error) {
				return redrive(cmd, g, open, letters, ids)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every job that was given up")
	return cmd
}

// redrive sends the letters with those ids again, or all if there are none.
func redrive(cmd *cobra.Command, g *globals, s *session, letters []letter, ids []string) (map[int]bool, error) {
	taken := map[int]bool{}
	missing := map[string]bool{}
	for _, id := range ids {
		missing[id] = true
	}
	for i, l := range letters {
		if l.err != nil || len(ids) > 0 && !slices.Contains(ids, l.job.ID) {
			continue
		}
		delete(missing, l.job.ID)
		if err := redriveOne(cmd.Context(), s, l); err != nil {
			return taken, hint(s.grid, err)
		}
		taken[i] = true
		if g.json {
			if err := printJSON(cmd.OutOrStdout(), map[string]string{"redriven": l.job.ID}); err != nil {
				return taken, err
			}
		}
	}
	if !g.json {
		fmt.Fprintf(cmd.OutOrStdout(), "%s sent again\n", count(len(taken), "job"))
	}
	for id := range missing {
		return taken, noLetter(id)
	}
	return taken, nil
}

// redriveOne sends a job again before it takes the dead letter away, so that
// it is never nowhere. The message has an ID of its own: under the job's, the
// queue would take it for a duplicate and drop it.
func redriveOne(ctx context.Context, s *session, l letter) error {
	j := l.job
	j.Attempts = nil
	body, err := job.Encode(j)
	if err != nil {
		return err
	}
	if err := s.volume.ForgetAttempts(j.ID); err != nil {
		return err
	}
	if err := s.volume.RemoveDead(j.ID); err != nil {
		return err
	}
	id := fmt.Sprintf("%s@%d", j.ID, time.Now().UnixNano())
	if err := s.jobs.Send(ctx, queue.Message{ID: id, Body: body}); err != nil {
		return err
	}
	return s.dead.Ack(ctx, l.delivery)
}
