package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/tools/pipeline/catalogue"
	"github.com/spotgrid/spotgrid/tools/pipeline/plan"
	"github.com/spotgrid/spotgrid/tools/pipeline/report"
)

const previewHelp = `Preview stacks one after another: those that are named, else those that the
changes since --base touch, else all. The stack program is built once for all.
Previews are made offline, without a login and as if each stack were new; --live
compares with what is deployed and needs the login and the cloud's account.

--report FOLDER writes report.json and each stack's preview there. --cost and
--policies add what bin/spotgrid cost and policy check say of it; with --base, costs
are compared with those of the commit where the change began.`

// previews is what the flags of preview say.
type previews struct {
	base, report         string
	pull                 int
	live, cost, policies bool
	project              project
	catalogue            catalogue.Catalogue
	now                  func() time.Time
	folder               string // where the project is laid out
	baseline             *baseline
	failed               []string
}

func previewCommand() *cobra.Command {
	v := &previews{now: time.Now}
	cmd := &cobra.Command{
		Use: "preview [STACK...]", Short: "Preview stacks, with one build and a table at the end", Long: previewHelp,
		RunE: func(cmd *cobra.Command, args []string) error { return v.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVar(&v.base, "base", "", "`commit` that the change starts from")
	f.StringVar(&v.report, "report", "", "`folder` for the report")
	f.IntVar(&v.pull, "pull", 0, "`number` of the pull request that the report is for")
	f.BoolVar(&v.live, "live", false, "compare with what is deployed")
	f.BoolVar(&v.cost, "cost", false, "add what the stacks cost")
	f.BoolVar(&v.policies, "policies", false, "add what the policies say")
	return cmd
}

func (v *previews) run(ctx context.Context, names []string) (err error) {
	if v.project, v.catalogue, err = loadProject(); err != nil {
		return err
	}
	touched, err := v.chosen(ctx, names)
	if err != nil {
		return err
	}
	r := report.Report{Pull: v.pull}
	if len(touched) > 0 {
		if r.Stacks, err = v.all(ctx, touched); err != nil {
			return err
		}
	}
	printTable(os.Stdout, r.Stacks)
	if v.report != "" {
		if err := r.Write(v.report); err != nil {
			return err
		}
	}
	if len(v.failed) > 0 {
		return fmt.Errorf("failed: %s", strings.Join(v.failed, ", "))
	}
	return nil
}

func (v *previews) chosen(ctx context.Context, names []string) ([]catalogue.Touch, error) {
	if len(names) == 0 {
		return v.project.touched(ctx, v.catalogue, v.base)
	}
	named, err := v.catalogue.Only(names)
	if err != nil {
		return nil, err
	}
	return v.project.touched(ctx, named, "")
}

// all previews the stacks in a project of its own, which is gone afterwards.
func (v *previews) all(ctx context.Context, touched []catalogue.Touch) ([]report.Stack, error) {
	folder, err := os.MkdirTemp("", "spotgrid-previews-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	v.folder = folder
	program := filepath.Join(folder, "program")
	if err := v.build(ctx, program); err != nil {
		return nil, err
	}
	laid, err := v.project.layOut(filepath.Join(folder, "project"), program)
	if err != nil {
		return nil, err
	}
	v.compare(ctx)
	var stacks []report.Stack
	for _, t := range touched {
		s, err := v.one(ctx, laid, t)
		if err != nil {
			return nil, err
		}
		stacks = append(stacks, s)
	}
	return stacks, nil
}

// build builds the stack program as Pulumi's language host would, so that both
// share what the compiler keeps.
func (v *previews) build(ctx context.Context, program string) error {
	begun := v.now()
	if err := v.project.execute(ctx, nil, os.Stderr, os.Stderr, "go", "build", "-o", program, "./stacks"); err != nil {
		return fmt.Errorf("building the stack program: %w", err)
	}
	fmt.Fprintf(os.Stderr, "the stack program is built, in %.1f s\n", v.now().Sub(begun).Seconds())
	return nil
}

// one previews a stack. That this fails is a finding and no error.
func (v *previews) one(ctx context.Context, laid project, t catalogue.Touch) (report.Stack, error) {
	s := report.Stack{Stack: t.Stack.Name, File: t.File, Mode: report.Offline}
	args := offlinePreview(s.Stack)
	if v.live {
		s.Mode, args = report.Live, livePreview(s.Stack)
	}
	fmt.Fprintf(os.Stderr, "previewing %s\n", s.Stack)
	begun := v.now()
	b, err := laid.spotgrid(ctx, args...)
	s.Seconds = v.now().Sub(begun).Seconds()
	if ctx.Err() != nil {
		return s, context.Cause(ctx)
	}
	if err == nil {
		s.Plan, err = plan.Parse(s.Stack, b)
	}
	if err != nil {
		v.failed = append(v.failed, s.Stack)
		s.Error = tail(plan.Errors(b) + err.Error())
		fmt.Fprintf(os.Stderr, "%s\n", s.Error)
		return s, nil
	}
	return v.checked(ctx, laid, t.Stack, s, b)
}

// compare gets ready to compare costs. What comes before may not build any more:
// then the report goes without.
func (v *previews) compare(ctx context.Context) {
	if v.base == "" || !v.cost || v.live {
		return
	}
	fmt.Fprintln(os.Stderr, "building the stack program of before, to compare costs")
	folder := filepath.Join(v.folder, "before")
	err := os.Mkdir(folder, 0o755)
	if err == nil {
		v.baseline, err = v.layOutBaseline(ctx, folder)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "costs are compared with nothing: %s\n", tail(err.Error()))
	}
}

func offlinePreview(stack string) []string {
	return []string{"preview", "--stack", stack, "--json", "--offline", "--", "--non-interactive"}
}

// livePreview is refused without a login, where bin/spotgrid preview would go on
// offline. What does not change costs money too, and policies look at whole stacks.
func livePreview(stack string) []string {
	return []string{"pulumi", "--stack", stack, "--", "preview", "--json", "--show-sames", "--non-interactive"}
}

// checked adds what other commands say of a preview, which they read from a file.
func (v *previews) checked(ctx context.Context, laid project, of catalogue.Stack, s report.Stack, b []byte) (report.Stack, error) {
	file := filepath.Join(v.folder, s.Stack+".json")
	if v.report != "" && !v.live { // a live one holds values of what is deployed
		if err := os.MkdirAll(v.report, 0o755); err != nil {
			return s, err
		}
		file = filepath.Join(v.report, s.Stack+".json")
	}
	file, err := filepath.Abs(file)
	if err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		return s, fmt.Errorf("keeping the preview of stack %q: %w", s.Stack, err)
	}
	if v.cost {
		if err := v.costs(ctx, laid, &s, file); err != nil {
			return s, err
		}
	}
	if v.policies && len(of.Clouds) > 0 {
		s.Policies = v.say(ctx, laid, s.Stack+" (policies)", "policy", "check", file, "--config", v.project.path("policies/config/"+policyConfig(of)+".json"))
	}
	return s, nil
}

// costs says what a previewed stack costs, and what more than before.
func (v *previews) costs(ctx context.Context, laid project, s *report.Stack, file string) error {
	ask, old := []string{"cost", "--stack", s.Stack, "--preview", file}, ""
	if v.baseline != nil {
		var err error
		if old, err = v.baseline.preview(ctx, s.Stack); err != nil {
			fmt.Fprintf(os.Stderr, "costs of %s are compared with nothing: %s\n", s.Stack, tail(err.Error()))
		} else if old != "" {
			ask = append(ask, "--against", old)
		}
	}
	s.Cost = v.say(ctx, laid, s.Stack+" (cost)", ask...)
	if old != "" {
		s.Cost = strings.ReplaceAll(s.Cost, old, "where the change began")
	}
	b, err := laid.spotgrid(ctx, append(ask, "--json")...)
	if err == nil || found(err) { // else the text says why
		s.Money, err = report.ParseMoney(b)
		return err
	}
	return nil
}

// found says whether a check worked, and found something.
func found(err error) bool {
	exit := new(exec.ExitError)
	return errors.As(err, &exit) && exit.ExitCode() == exitFound
}

// policyConfig is the one by which a stack is judged.
func policyConfig(s catalogue.Stack) string {
	if s.Ring == "prod" {
		return "prod"
	}
	return "dev"
}

// exitFound is how checks end that have found something, and said so.
const exitFound = 4

// say runs a check and returns what it said; that it fails is noted.
func (v *previews) say(ctx context.Context, laid project, what string, args ...string) string {
	b, err := laid.spotgrid(ctx, args...)
	said := string(b)
	if err != nil {
		v.failed = append(v.failed, what)
		if !found(err) || said == "" {
			said += "\n" + tail(err.Error())
		}
	}
	return strings.TrimSpace(said)
}
