package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/invoke"
	"github.com/spotgrid/spotgrid/workloads/invoke/agent"
	"github.com/spotgrid/spotgrid/workloads/invoke/lambda"
	"github.com/spotgrid/spotgrid/workloads/invoke/program"
	"github.com/spotgrid/spotgrid/workloads/invoke/run"
	"github.com/spotgrid/spotgrid/workloads/stack"
)

const (
	// maxInvokeSeconds is the longest that a function may run: Lambda's limit.
	maxInvokeSeconds = 900
	// trialSeconds is how long a program may take that is tried: what a
	// function may if its stack does not say.
	trialSeconds = 10
	// answerMargin is what an answer may take beside the function's own time.
	answerMargin = 15 * time.Second
	// runEndpoint is the variable that sends calls of functions on Cloud Run to
	// this machine, for tests.
	runEndpoint = "SPOTGRID_RUN_ENDPOINT"
)

// invocation is what the flags of invoke say.
type invocation struct {
	program string
	list    bool
	seconds int

	payload []byte
	limit   time.Duration // 0: none here, the driver has its own
}

const invokeHelp = `Call one of the grid's functions with the JSON in a file, or on standard input
if the file is - or left out, and print what it answers. If the function fails,
the error says with what, and the end of its log follows where the target tells
it (AWS does; a local grid keeps logs in its agent's folder).

--program tries a built function before it is deployed, without any grid: it
runs the program behind the same interface as a grid does, prints its answer and
on standard error its log, and ends it. --list shows the functions there are.

On AWS this needs the permission lambda:InvokeFunction. A call that Lambda
refuses because too many run is tried again, no other one. On Google Cloud it
needs roles/run.invoker on the function and credentials of a service account,
which may be taken for a while by gcloud auth application-default login
--impersonate-service-account=ACCOUNT. There, errors of the function are told
only if they are the payload's fault; its log has the others.`

func invokeCommand(g *globals) *cobra.Command {
	in := &invocation{}
	cmd := &cobra.Command{
		Use: "invoke {FUNCTION | --program FILE | --list} [PAYLOAD.json]", Short: "Call a function with a JSON payload and print its answer", Long: invokeHelp,
		Example: `  echo '{"jobs": 10, "vcpu_seconds": 3600}' | spotgrid invoke quote
  spotgrid invoke quote payload.json --stack aws-dev
  spotgrid invoke --program bin/quote payload.json
  spotgrid invoke --list`,
		Args: args(cobra.MaximumNArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error { return in.run(cmd, g, args) },
	}
	f := cmd.Flags()
	f.StringVar(&in.program, "program", "", "built function to run on this machine, without a grid")
	f.BoolVar(&in.list, "list", false, "list the grid's functions")
	f.IntVar(&in.seconds, "timeout-seconds", 0, fmt.Sprintf("how long the function may take, 1..%d (default %d, with --program %d)", maxInvokeSeconds, maxInvokeSeconds, trialSeconds))
	return cmd
}

func (in *invocation) run(cmd *cobra.Command, g *globals, args []string) error {
	if err := in.check(cmd, args); err != nil {
		return usageError{fmt.Errorf("%w; see `%s --help`", err, cmd.CommandPath())}
	}
	if in.list {
		return listFunctions(cmd, g)
	}
	name := program.Name
	if in.program == "" {
		name, args = args[0], args[1:]
	}
	var err error
	if in.payload, err = readPayload(cmd, args); err != nil {
		return usageError{err}
	}
	if in.program != "" {
		return in.try(cmd, g)
	}
	found, err := g.find(cmd.Context())
	if err != nil {
		return err
	}
	d, err := invokeDriver(cmd.Context(), found)
	if err != nil {
		return err
	}
	in.limit = time.Duration(in.secondsOr(maxInvokeSeconds)) * time.Second
	if in.seconds == 0 {
		in.limit += answerMargin // let the target say that the function ran out of time
	}
	return in.call(cmd, g, invoke.New(d, found.Functions), name)
}

// check returns the faults of the flags and the number of arguments.
func (in *invocation) check(cmd *cobra.Command, args []string) error {
	var errs []error
	switch {
	case in.list && (in.program != "" || len(args) > 0):
		errs = append(errs, errors.New("--list takes nothing else"))
	case !in.list && in.program == "" && len(args) == 0:
		errs = append(errs, errors.New("want a function's name, --program or --list"))
	case in.program != "" && len(args) > 1:
		errs = append(errs, errors.New("with --program want no more than a payload's file"))
	}
	if cmd.Flags().Changed("timeout-seconds") && (in.seconds < 1 || in.seconds > maxInvokeSeconds) {
		errs = append(errs, fmt.Errorf("--timeout-seconds is %d, want 1..%d", in.seconds, maxInvokeSeconds))
	}
	return errors.Join(errs...)
}

func (in *invocation) secondsOr(otherwise int) int {
	if in.seconds == 0 {
		return otherwise
	}
	return in.seconds
}

// invokeDriver is the driver of the grid's target.
func invokeDriver(ctx context.Context, found stack.Grid) (invoke.Driver, error) {
	switch found.Home() {
	case targetLocal:
		client, _, err := agentOf(ctx, found)
		if err != nil {
			return nil, err
		}
		return agent.New(client), nil
	case targetAWS:
		return lambda.New(ctx)
	case targetGCP:
		return run.New(run.Options{Endpoint: os.Getenv(runEndpoint)})
	}
	return nil, noSuchTarget(found)
}

func noSuchTarget(found stack.Grid) error {
	return fmt.Errorf("the grid's target is %q, which this command does not know: build both from one revision", found.Target)
}

// try runs a program without a grid. Nothing of it is left when it returns.
func (in *invocation) try(cmd *cobra.Command, g *globals) (err error) {
	d, err := program.New(program.Options{Path: in.program, TimeoutSeconds: in.secondsOr(trialSeconds), Log: cmd.ErrOrStderr()})
	if err != nil {
		return usageError{err}
	}
	i := invoke.New(d, map[string]string{program.Name: program.Name})
	// Close comes first, so that the log is complete before an error is shown.
	defer func() { err = errors.Join(err, d.Close()) }()
	return in.call(cmd, g, i, program.Name)
}

func (in *invocation) call(cmd *cobra.Command, g *globals, i *invoke.Invoker, name string) error {
	answer, err := i.Invoke(cmd.Context(), name, in.payload, in.limit)
	var failed *invoke.FunctionError
	if errors.As(err, &failed) && failed.LogTail != "" {
		return fmt.Errorf("%w\nthe end of its log:\n%s", err, indented(failed.LogTail))
	}
	if err != nil {
		return err
	}
	if g.json {
		var line bytes.Buffer
		if json.Compact(&line, answer.Body) == nil {
			answer.Body = line.Bytes()
		}
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), string(answer.Body))
	return err
}

// indented sets text apart from the message around it.
func indented(text string) string {
	return "  | " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  | ")
}

func listFunctions(cmd *cobra.Command, g *globals) error {
	found, err := g.find(cmd.Context())
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	names := invoke.New(nil, found.Functions).Names()
	if len(names) == 0 && !g.json {
		fmt.Fprintln(out, "the grid has no function")
		return nil
	}
	t := newTable(tableOut(g, out), "FUNCTION", "ID")
	for _, name := range names {
		if g.json {
			if err := printJSON(out, map[string]string{"name": name, "id": found.Functions[name]}); err != nil {
				return err
			}
		}
		t.row(name, found.Functions[name])
	}
	return t.flush()
}

func readPayload(cmd *cobra.Command, args []string) ([]byte, error) {
	if len(args) == 0 || args[0] == "-" {
		if terminal(os.Stdout) && len(args) == 0 && terminal(os.Stdin) {
			fmt.Fprintln(cmd.ErrOrStderr(), "reading the payload from the keyboard; end with Ctrl-D")
		}
		return io.ReadAll(cmd.InOrStdin())
	}
	b, err := os.ReadFile(args[0])
	if err != nil {
		return nil, fmt.Errorf("reading payload: %w", err)
	}
	return b, nil
}
