package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/agent"
	"github.com/spotgrid/spotgrid/workloads/agent/launch"
	statusagent "github.com/spotgrid/spotgrid/workloads/gridstatus/agent"
)

const maxNoticeSeconds = 3600

func interruptCommand(g *globals) *cobra.Command {
	notice := 120
	cmd := &cobra.Command{
		Use: "interrupt WORKER", Short: "Take a local worker away, as a cloud takes a spot machine",
		Long: `Announce to a worker of a local grid, at its metadata endpoint, that its machine
is taken away after the notice (120 seconds, as on AWS), and kill it then. The
worker gives its jobs back, others run them, and the fleet replaces it.`,
		Example: "  spotgrid interrupt grid-spot-3\n  spotgrid interrupt grid-spot-3 --notice-seconds 0",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if notice < 0 || notice > maxNoticeSeconds {
				return usageError{fmt.Errorf("--notice-seconds is %d, want 0..%d", notice, maxNoticeSeconds)}
			}
			client, _, err := g.agent(cmd.Context())
			if err != nil {
				return err
			}
			if err := client.Interrupt(cmd.Context(), args[0], notice); err != nil {
				return err
			}
			if g.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"interrupted": args[0], "notice_seconds": notice})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "worker %s is told that it ends in %d s\n", args[0], notice)
			return nil
		},
	}
	cmd.Flags().IntVar(&notice, "notice-seconds", notice, "seconds between the notice and the end, 0..3600")
	return cmd
}

// agentCommand is what a local grid runs in the background. Pulumi starts it;
// people look at it with `spotgrid status`.
func agentCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use: "agent", Short: "The background process of a local grid (started by `pulumi up`)",
		Long: `A local grid's queue server and the supervisor of its workers and functions.
` + "`pulumi up` starts it, `pulumi destroy` ends it, `spotgrid status` shows it.",
	}
	cmd.AddCommand(agentRunCommand(), agentStatusCommand(g))
	return cmd
}

func agentRunCommand() *cobra.Command {
	var o agent.Options
	dir, readyFD := "", 0
	cmd := &cobra.Command{
		Use: "run --directory DIR", Short: "Run the agent in the foreground", Args: args(cobra.NoArgs),
		Example: "  spotgrid agent run --directory \"$PWD/grid\" --queue-port 4222",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Directory = launch.Directory(dir)
			o.Log = slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), nil))
			word := func(s string) {
				if readyFD > 0 {
					f := os.NewFile(uintptr(readyFD), "ready")
					fmt.Fprintln(f, s)
					f.Close()
				}
			}
			served := false
			o.Ready = func() { served = true; word("ready") }
			err := agent.Run(cmd.Context(), o)
			if err != nil && !served {
				word(err.Error())
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&dir, "directory", "", "absolute path of the folder that holds everything the agent keeps")
	f.IntVar(&o.QueuePort, "queue-port", 0, "port of the queue server on 127.0.0.1 (0: any free one, kept from then on)")
	f.IntVar(&o.HTTPPort, "http-port", 0, "port of the agent on 127.0.0.1 (0: any free one, kept from then on)")
	f.IntVar(&readyFD, "ready-fd", 0, "file descriptor that is told `ready`, or why not")
	f.MarkHidden("ready-fd")
	cmd.MarkFlagRequired("directory")
	return cmd
}

func agentStatusCommand(g *globals) *cobra.Command {
	dir := ""
	cmd := &cobra.Command{
		Use: "status --directory DIR", Short: "Say whether the agent of a folder runs", Args: args(cobra.NoArgs),
		Example: "  spotgrid agent status --directory .spotgrid/grids/local/agent",
		RunE: func(cmd *cobra.Command, _ []string) error {
			abs, err := filepath.Abs(dir)
			if err != nil {
				return err
			}
			_, s, err := launch.Find(cmd.Context(), launch.Directory(abs))
			if err != nil {
				return err
			}
			of := globals{stack: dir, json: g.json}
			return of.showStatus(cmd.OutOrStdout(), statusagent.Of(s))
		},
	}
	cmd.Flags().StringVar(&dir, "directory", "", "the agent's folder")
	cmd.MarkFlagRequired("directory")
	return cmd
}
