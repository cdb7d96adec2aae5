// Command bench-peers times the workloads beside the libraries that people use
// for the same tasks, on this machine, and checks that both find the same. Each
// library has two files here, as numeric.go and py/numeric.py; see Case.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitFailure = 1   // a case was not run, or the two sides do not agree
	exitUsage   = 2   // bad arguments: nothing was done
	exitSignal  = 130 // interrupted by the user
)

// usageError marks faults of what the user gave.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// errCases means that some cases have no ratio. It was shown already.
var errCases = errors.New("some cases have no ratio")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := command(allCases).ExecuteContext(ctx)
	switch {
	case err == nil:
		return
	case ctx.Err() != nil:
		os.Exit(exitSignal)
	case errors.Is(err, errCases):
		os.Exit(exitFailure)
	}
	fmt.Fprintln(os.Stderr, "bench-peers:", err)
	if errors.As(err, new(usageError)) {
		os.Exit(exitUsage)
	}
	os.Exit(exitFailure)
}

// flags of the command.
type flags struct {
	only, python, docs, date string
	rounds                   int
	json, list               bool
}

func (f flags) check() error {
	var errs []error
	if f.rounds < 0 {
		errs = append(errs, fmt.Errorf("--rounds is %d, want 1 or more, or 0 for each case's own", f.rounds))
	}
	if _, err := time.Parse(time.DateOnly, f.date); f.docs != "" && err != nil {
		errs = append(errs, fmt.Errorf("--date is %q, want the date of the measurement for --docs, as 2026-01-31", f.date))
	}
	if f.docs != "" && f.only != "" {
		errs = append(errs, errors.New("--docs and --only do not go together: the page would lose the other cases"))
	}
	if err := errors.Join(errs...); err != nil {
		return usageError{err}
	}
	return nil
}

func command(cases func() []Case) *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use: "bench-peers", Short: "Time the workloads beside the libraries that people use for the same tasks",
		Long: `Does each task with this project's code and with a library that is known for it,
alternately, and shows our time divided by the library's: below 1 is faster. The
libraries are installed into .venv-peers first, at the versions that
py/requirements.txt pins; that takes a network. Figures mean something only on
a machine that does nothing else.

A ratio above its aim is shown as it is. Exit status: 0; 1 if a case was not run
or the two sides found different values; 2 for bad arguments; 130 when
interrupted.`,
		Example: `  go run ./workloads/cmd/bench-peers
  go run ./workloads/cmd/bench-peers --only numba --rounds 3
  go run ./workloads/cmd/bench-peers --list
  go run ./workloads/cmd/bench-peers --json | jq '.outcomes[] | [.name, .ratio.median]'
  go run ./workloads/cmd/bench-peers --docs docs --date 2026-01-31`,
		SilenceErrors: true, SilenceUsage: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("%q is no argument, see --help", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return bench(cmd, f, cases()) },
	}
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	c.Flags().StringVar(&f.only, "only", "", "run only cases with this in their name or their peer's")
	c.Flags().IntVar(&f.rounds, "rounds", 0, "how often each side is timed; 0: each case's own number")
	c.Flags().BoolVar(&f.json, "json", false, "print one JSON document")
	c.Flags().BoolVar(&f.list, "list", false, "list the cases and run none")
	c.Flags().StringVar(&f.python, "python", "", "use this python and what it has installed; nothing is installed")
	c.Flags().StringVar(&f.docs, "docs", "", "also write benchmarks.md and its plots to this folder")
	c.Flags().StringVar(&f.date, "date", "", "date of the measurement, for --docs")
	return c
}

func bench(cmd *cobra.Command, f flags, all []Case) error {
	if err := f.check(); err != nil {
		return err
	}
	cases, err := selectCases(all, f.only)
	if err != nil {
		return err
	}
	if f.list {
		return list(cmd.OutOrStdout(), cases)
	}
	peers, err := newPeers(cmd.Context(), f.python, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer peers.close()
	r := runner{peers: peers, rounds: f.rounds, progress: cmd.ErrOrStderr(), settle: settle}
	report := Report{Date: f.date, Machine: thisMachine()}
	for i, c := range cases {
		fmt.Fprintf(r.progress, "==> %d/%d %s, beside %s\n", i+1, len(cases), c.Name, c.Peer)
		o := r.run(cmd.Context(), c)
		if err := cmd.Context().Err(); err != nil {
			return err
		}
		fmt.Fprintf(r.progress, "    %s\n", o.line())
		report.Outcomes = append(report.Outcomes, o)
	}
	report.Machine.Python = peers.version
	return finish(cmd.OutOrStdout(), f, report)
}

// finish shows what was measured, and then writes it.
func finish(out io.Writer, f flags, report Report) error {
	if err := show(out, f.json, report); err != nil {
		return err
	}
	measured := 0
	for _, o := range report.Outcomes {
		if o.Ratio != nil {
			measured++
		}
	}
	if f.docs != "" && measured == 0 {
		return fmt.Errorf("no case has a ratio, so %q stays as it was", f.docs)
	}
	if f.docs != "" {
		if err := report.write(f.docs); err != nil {
			return err
		}
	}
	if measured < len(report.Outcomes) {
		return errCases
	}
	return nil
}

func show(out io.Writer, asJSON bool, report Report) error {
	if !asJSON {
		_, err := io.WriteString(out, report.table())
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

func list(out io.Writer, cases []Case) error {
	for _, c := range cases {
		aim := "no aim"
		if c.Aim > 0 {
			aim = fmt.Sprintf("aim %.2f", c.Aim)
		}
		if _, err := fmt.Fprintf(out, "%s, beside %s, %s\n", c.Name, c.Peer, aim); err != nil {
			return err
		}
	}
	return nil
}
