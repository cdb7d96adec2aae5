package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"
)

func logsCommand(g *globals) *cobra.Command {
	attempt := 0
	cmd := &cobra.Command{
		Use: "logs JOB", Short: "Print what a job logged",
		Long: `Print the log of a job's last attempt, or of the one that --attempt names. Every
line that the worker wrote carries job, attempt and worker; what a program
printed is in between as it came.`,
		Example: "  spotgrid logs command-x3k9q2mf-1\n  spotgrid logs command-x3k9q2mf-1 --attempt 1",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := g.volume(cmd.Context())
			if err != nil {
				return err
			}
			id, number := args[0], attempt
			numbers, err := v.Logs(id)
			if err != nil {
				return usageError{err}
			}
			if len(numbers) == 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "job %s has logged nothing; `spotgrid jobs` shows its state\n", id)
				return nil
			}
			if number == 0 {
				number = numbers[len(numbers)-1]
			}
			log, err := v.OpenLog(id, number)
			if errors.Is(err, fs.ErrNotExist) {
				return usageError{fmt.Errorf("attempt %d of job %s has no log, want one of %v", number, id, numbers)}
			}
			if err != nil {
				return err
			}
			defer log.Close()
			_, err = io.Copy(cmd.OutOrStdout(), log)
			return err
		},
	}
	cmd.Flags().IntVar(&attempt, "attempt", 0, "number of the attempt (default: the last one)")
	return cmd
}
