package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/cost"
	"github.com/spotgrid/spotgrid/workloads/pricing"
	"github.com/spotgrid/spotgrid/workloads/stack"
)

const costHelp = `Estimate what the stack costs a month, before it is made: of its preview, by the
price book (see 'spotgrid prices'), component by component.

  low     nothing runs: what is there all the time, least machines at low prices
  likely  the load that --load or its flags say, at likely spot prices
  high    every fleet full around the clock at the highest spot prices

The preview is made as 'spotgrid preview' makes it: without a Pulumi login it is
made offline, as if the stack were new. --preview takes one that is there already
('pulumi preview --json --show-sames'), --state what 'pulumi stack export'
printed; with both, the state says what the preview leaves out.

The change is to what is deployed, as far as the preview knows it, or to another
preview or state (--against), such as that of the branch a pull request goes to.

What has no price is listed with the reason and is not in the sums. --load names
a file, YAML or JSON, with any of these:

%s

Exit code 4: the costs are over the budget, which is --budget or else the stack's
own (spotgrid:watch.monthlyBudgetUsd).`

// costFlags are those of the command.
type costFlags struct {
	preview, state, against, load string
	format                        string
	budgetUSD                     float64
	budgetAt                      string
	jobsPerDay, secondsPerJob     float64
	offline, lines                bool
}

func costCommand(g *globals) *cobra.Command {
	f := &costFlags{}
	cmd := &cobra.Command{
		Use: "cost", Short: "Estimate what the stack costs, and what a change of it would",
		Long: fmt.Sprintf(costHelp, loadHelp()),
		Example: "  spotgrid cost --stack aws-dev\n  spotgrid cost --stack aws-dev --jobs-per-day 5000 --budget 100\n" +
			"  spotgrid cost --preview new.json --against old.json --format markdown",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd, g) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.preview, "preview", "", "`file` with what 'pulumi preview --json' printed; -: standard input")
	flags.StringVar(&f.state, "state", "", "`file` with what 'pulumi stack export' printed")
	flags.StringVar(&f.against, "against", "", "`file` with a preview or a state to compare with")
	flags.StringVar(&f.load, "load", "", "`file` that says what the grid has to do")
	flags.StringVar(&f.format, "format", "text", "text, markdown (a comment for a pull request) or json")
	flags.Float64Var(&f.budgetUSD, "budget", 0, "`USD` a month that must not be exceeded (default the stack's own)")
	flags.StringVar(&f.budgetAt, "budget-at", string(cost.Likely), "what the budget is for: low, likely or high")
	flags.Float64Var(&f.jobsPerDay, "jobs-per-day", 0, "`jobs` a day, instead of the load's")
	flags.Float64Var(&f.secondsPerJob, "seconds-per-job", 0, "`seconds` that a job takes, instead of the load's")
	flags.BoolVar(&f.offline, "offline", false, "preview the stack as if it were new, without a login")
	flags.BoolVar(&f.lines, "lines", false, "show what each component is made of (text)")
	return cmd
}

func (f *costFlags) run(cmd *cobra.Command, g *globals) error {
	load, err := f.readLoad(cmd)
	if err := errors.Join(err, f.check(cmd)); err != nil {
		return usageError{err}
	}
	book, err := loadBook()
	if err != nil {
		return err
	}
	plan, err := f.plan(cmd, g)
	if err != nil {
		return err
	}
	if asked := g.stack[strings.LastIndex(g.stack, "/")+1:]; cmd.Flags().Changed("stack") && plan.After.Stack != "" && asked != plan.After.Stack {
		return usageError{fmt.Errorf("the preview is of stack %q, and --stack is %q", plan.After.Stack, g.stack)}
	}
	report := cost.NewReport(cost.Of(plan.After, book, load))
	report.Steps, report.Warnings = plan.Steps, book.Warnings(time.Now(), report.Uses)
	if err := f.compare(report, plan, book, load); err != nil {
		return err
	}
	budget := f.budgetUSD
	if budget == 0 {
		budget = plan.After.BudgetMonthlyUSD()
	}
	within := budget == 0 || report.Within(budget, cost.Case(f.budgetAt))
	if err := f.write(cmd.OutOrStdout(), g, report); err != nil {
		return err
	}
	if !within {
		return errOverBudget
	}
	return nil
}

// errOverBudget ends the command with the exit code of jobs that did not succeed:
// the command worked, but what it looked at is not good. The report has said so.
var errOverBudget = fmt.Errorf("the costs are over the budget: %w", errJobs)

const mostBudgetUSD = 1e12

// check returns every fault of the flags.
func (f *costFlags) check(cmd *cobra.Command) error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch f.format {
	case "text", "markdown", "json":
	default:
		bad("--format is %q, want text, markdown or json", f.format)
	}
	switch cost.Case(f.budgetAt) {
	case cost.Low, cost.Likely, cost.High:
	default:
		bad("--budget-at is %q, want low, likely or high", f.budgetAt)
	}
	if cmd.Flags().Changed("budget") && !(f.budgetUSD > 0 && f.budgetUSD <= mostBudgetUSD) {
		bad("--budget is %v, want more than 0 and at most %.0f", f.budgetUSD, mostBudgetUSD)
	}
	if f.offline && (f.preview != "" || f.state != "") {
		bad("--offline makes a preview, want it without --preview and --state")
	}
	return errors.Join(errs...)
}

// readLoad is the default load with what the file and the flags say.
func (f *costFlags) readLoad(cmd *cobra.Command) (cost.Load, error) {
	load := cost.DefaultLoad()
	if f.load != "" {
		file, err := os.Open(f.load)
		if err != nil {
			return load, fmt.Errorf("--load: %w", err)
		}
		defer file.Close()
		if load, err = cost.ReadLoad(file, load); err != nil {
			return load, fmt.Errorf("--load %s: %w", f.load, err)
		}
	}
	if cmd.Flags().Changed("jobs-per-day") {
		load.JobsPerDay = f.jobsPerDay
	}
	if cmd.Flags().Changed("seconds-per-job") {
		load.SecondsPerJob = f.secondsPerJob
	}
	return load, load.Check()
}

// plan reads the preview or the state that the flags name, or makes a preview.
func (f *costFlags) plan(cmd *cobra.Command, g *globals) (cost.Plan, error) {
	var state *cost.Deployment
	if f.state != "" {
		p, err := readPlan(cmd, f.state)
		if err != nil {
			return p, usageError{fmt.Errorf("--state: %w", err)}
		}
		if f.preview == "" {
			return p, nil
		}
		state = &p.After
	}
	if f.preview == "" {
		return f.makePreview(cmd, g)
	}
	p, err := readPlan(cmd, f.preview)
	if err == nil {
		p, err = p.Complete(state)
	}
	if err != nil {
		return p, usageError{fmt.Errorf("--preview: %w", err)}
	}
	return p, nil
}

func readPlan(cmd *cobra.Command, file string) (p cost.Plan, err error) {
	return p, reading(cmd, file, func(r io.Reader) (err error) {
		p, err = cost.Parse(r)
		return err
	})
}

// makePreview previews the stack as the command preview does.
func (f *costFlags) makePreview(cmd *cobra.Command, g *globals) (cost.Plan, error) {
	s, err := g.project()
	if err != nil {
		return cost.Plan{}, err
	}
	var out bytes.Buffer
	io := stack.Streams{In: cmd.InOrStdin(), Out: &out, Err: cmd.ErrOrStderr()}
	if f.offline || errors.Is(s.CheckLogin(os.Environ()), stack.ErrNoLogin) {
		err = s.PreviewOffline(cmd.Context(), io, "--json", "--show-sames")
	} else {
		err = s.Run(cmd.Context(), io, "preview", "--json", "--show-sames")
	}
	plan, parseErr := cost.Parse(&out)
	switch {
	case errors.Is(err, stack.ErrNoConfig):
		return plan, usageError{err}
	case err != nil && parseErr != nil && strings.Contains(parseErr.Error(), "the preview failed"):
		return plan, parseErr // pulumi says why there
	case err != nil:
		return plan, err
	}
	return plan, parseErr
}

// compare looks at --against, or at what the preview says is deployed.
func (f *costFlags) compare(report *cost.Report, plan cost.Plan, book *pricing.Book, load cost.Load) error {
	switch {
	case f.against != "":
		file, err := os.Open(f.against)
		if err != nil {
			return usageError{fmt.Errorf("--against: %w", err)}
		}
		defer file.Close()
		before, err := cost.Parse(file)
		if err == nil {
			before, err = before.Complete(nil)
		}
		if err != nil {
			return usageError{fmt.Errorf("--against: %w", err)}
		}
		report.Against(f.against, cost.Of(before.After, book, load))
	case len(plan.Before.Resources) > 0 && (f.state == "" || f.preview != ""):
		report.Against("what is deployed", cost.Of(plan.Before, book, load))
	}
	return nil
}

func (f *costFlags) write(out io.Writer, g *globals, report *cost.Report) error {
	switch {
	case f.format == "json" || g.json:
		return printJSON(out, report)
	case f.format == "markdown":
		return report.WriteMarkdown(out)
	}
	return report.WriteText(out, f.lines)
}
