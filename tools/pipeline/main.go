// Command pipeline is what the workflows in .github run, by way of make: it says
// which stacks a change touches, previews them, makes releases, deploys them,
// looks for drift, and reports all that. What it does can be done by hand too.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes, where they differ from those of bin/spotgrid no more than needed.
const (
	exitFailure = 1
	exitDrift   = 4 // the command worked, and a stack is not as it was deployed
)

// errDrift was reported already.
var errDrift = errors.New("stacks differ from what was deployed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root().ExecuteContext(ctx)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "pipeline:", err)
	if errors.Is(err, errDrift) {
		os.Exit(exitDrift)
	}
	os.Exit(exitFailure)
}

const rootHelp = `What the workflows in .github run, by way of make (docs/pipelines.md).

Exit codes: 0 done, 1 failed, 4 a stack differs from what was deployed.`

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use: "pipeline", Short: "Preview, release, deploy and watch over stacks", Long: rootHelp,
		SilenceErrors: true, SilenceUsage: true,
	}
	cmd.AddCommand(matrixCommand(), previewCommand(), commentCommand(), releaseCommand(), planCommand(),
		deployCommand(), rollbackCommand(), driftCommand(), driftIssuesCommand())
	return cmd
}
