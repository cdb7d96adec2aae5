package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/stack"
)

func streams(cmd *cobra.Command) stack.Streams {
	return stack.Streams{In: cmd.InOrStdin(), Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr()}
}

func upCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "up [-- PULUMI-FLAG...]", Short: "Bring the stack up, or up to date (`pulumi up`)",
		Long: `Run pulumi up on the stack. A local stack (named local, or local-...) has its
state in the project's .spotgrid folder and is brought up without questions;
any other uses your own Pulumi login, without which nothing is done, and asks
before it changes anything.`,
		Example: "  spotgrid up\n  spotgrid up --stack aws-dev -- --diff",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := g.project()
			if err != nil {
				return err
			}
			return up(cmd, g, s, args...)
		},
	}
}

// up runs pulumi up; a local stack can be brought up unasked, since it costs
// nothing.
func up(cmd *cobra.Command, g *globals, s stack.Stack, args ...string) error {
	line := []string{"up"}
	if s.Local() {
		line = append(line, "--yes", "--skip-preview")
	}
	return s.Run(cmd.Context(), streams(cmd), append(g.withJSON(line), args...)...)
}

// withJSON makes pulumi print JSON too where it was asked for.
func (g *globals) withJSON(args []string) []string {
	if g.json {
		return append(args, "--json")
	}
	return args
}

func downCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "down [-- PULUMI-FLAG...]", Short: "Take the stack down (`pulumi destroy`)",
		Long: `Run pulumi destroy on the stack. Of a local stack nothing is left then: no
process, no job, no result, no state.`,
		Example: "  spotgrid down\n  spotgrid down --stack aws-dev",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := g.project()
			if err != nil {
				return err
			}
			if err := s.Destroy(cmd.Context(), streams(cmd), g.withJSON(args)...); err != nil {
				return err
			}
			if s.Local() {
				fmt.Fprintf(cmd.ErrOrStderr(), "stack %s is gone with everything that belonged to it: no process, no file, no history\n", s.Name)
			}
			return nil
		},
	}
}

func pulumiCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "pulumi -- ARG...", Short: "Run any pulumi command on the stack",
		Long: `Run pulumi with the stack's own backend and environment: for a local stack what
lies in .spotgrid, for any other your own login.`,
		Example: "  spotgrid pulumi -- preview --diff\n  spotgrid pulumi -- refresh --yes\n  spotgrid pulumi -- stack history",
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := g.project()
			if err != nil {
				return err
			}
			return s.Run(cmd.Context(), stack.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, args...)
		},
	}
}
