package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/tools/pipeline/catalogue"
	"github.com/spotgrid/spotgrid/tools/pipeline/github"
	"github.com/spotgrid/spotgrid/tools/pipeline/plan"
	"github.com/spotgrid/spotgrid/tools/pipeline/report"
)

const driftHelp = `Compare a stack's resources in the cloud with what was deployed, and change
neither the cloud nor the stack's state: 'pulumi refresh --preview-only', which
takes no lock and needs only rights to read. The stack program is not run, so that
changes that wait for their deployment are no drift.

Exit code 4: something differs, or is gone.`

func driftCommand() *cobra.Command {
	folder := ""
	cmd := &cobra.Command{
		Use: "drift STACK", Short: "Look for drift, without changing anything", Long: driftHelp, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := findProject()
			if err != nil {
				return err
			}
			s, err := p.drift(cmd.Context(), args[0], time.Now)
			if err != nil {
				return err
			}
			printTable(os.Stdout, []report.Stack{s})
			for _, c := range s.Plan.Changes {
				fmt.Printf("%s %s (%s) %v\n", c.Op, c.Name, c.Type, c.Properties)
			}
			if folder != "" {
				if err := (report.Report{Stacks: []report.Stack{s}}).Write(folder); err != nil {
					return err
				}
			}
			if s.Plan.Changed() > 0 {
				return fmt.Errorf("stack %q: %w", s.Stack, errDrift)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&folder, "report", "", "`folder` for the report")
	return cmd
}

func (p project) drift(ctx context.Context, stack string, now func() time.Time) (report.Stack, error) {
	s := report.Stack{Stack: stack, Mode: report.Live}
	begun := now()
	b, err := p.spotgrid(ctx, "pulumi", "--stack", stack, "--", "refresh", "--preview-only", "--json", "--non-interactive")
	s.Seconds = now().Sub(begun).Seconds()
	if err == nil {
		s.Plan, err = plan.Parse(stack, b)
	}
	if err != nil {
		return s, fmt.Errorf("looking for drift of stack %q: %s%w", stack, plan.Errors(b), err)
	}
	return s, nil
}

const driftIssuesHelp = `Make of the reports in a folder one issue for each stack that differs: an open
one is edited, and closed when nothing differs any more. Of a stack without a
report nothing is known, and its issue stays as it is.`

func driftIssuesCommand() *cobra.Command {
	folder := ""
	cmd := &cobra.Command{
		Use: "drift-issues --reports FOLDER", Short: "Keep one issue for each stack that differs", Long: driftIssuesHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, c, err := loadProject()
			if err != nil {
				return err
			}
			hub, reports, err := hubAndReports(folder)
			if err != nil {
				return err
			}
			return driftIssues(cmd.Context(), hub, c, report.Merge(reports), runName())
		},
	}
	cmd.Flags().StringVar(&folder, "reports", "reports", "`folder` with the reports of the stacks")
	return cmd
}

func driftIssues(ctx context.Context, hub *github.Client, c catalogue.Catalogue, stacks []report.Stack, run string) error {
	for _, s := range stacks {
		if _, ok := c.Find(s.Stack); !ok {
			return fmt.Errorf("a report is on stack %q, which is not known", s.Stack)
		}
		name := "drift-" + s.Stack
		if s.Plan.Changed() == 0 {
			number, err := hub.CloseIssue(ctx, name, "Nothing differs any more. From "+run+".")
			if err != nil {
				return err
			}
			fmt.Printf("%s: nothing differs (issue closed: %d)\n", s.Stack, number)
			continue
		}
		number, err := hub.Issue(ctx, name, "Stack "+s.Stack+" is not as it was deployed", report.Drift(s, run))
		if err != nil {
			return err
		}
		fmt.Printf("%s: %d differ, issue %d\n", s.Stack, s.Plan.Changed(), number)
	}
	return nil
}
