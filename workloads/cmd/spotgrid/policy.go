package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/policies/policy"
	"github.com/spotgrid/spotgrid/policies/rules"
	"github.com/spotgrid/spotgrid/policies/statefile"
)

const policyCheckHelp = `Check a stack against the rules of cost, security, reliability and alerts that
docs/policies.md lists, without an engine and without a login: what FILE holds is
what 'pulumi preview --json --show-sames' or 'pulumi stack export' printed (-:
standard input). They are the rules of 'pulumi preview --policy-pack policies';
those that mend only mend there.

Values that are not known before the stack is made are not decided, and counted.
Values of secrets are never shown.

Exit code 4: a mandatory rule is violated.`

func policyCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use: "policy", Short: "Check stacks against the project's rules",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(policyCheckCommand(g))
	return cmd
}

// policyFlags are those of `policy check`.
type policyFlags struct {
	config    string
	undecided bool
}

func policyCheckCommand(g *globals) *cobra.Command {
	f := &policyFlags{}
	cmd := &cobra.Command{
		Use: "check FILE", Short: "Check a preview or an exported state", Long: policyCheckHelp,
		Example: "  spotgrid policy check preview.json --config policies/config/prod.json\n" +
			"  pulumi stack export | spotgrid policy check - --json",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, g, args[0], time.Now()) },
	}
	cmd.Flags().StringVar(&f.config, "config", "", "`file` with levels and options of rules, as 'pulumi preview --policy-pack-config' takes it")
	cmd.Flags().BoolVar(&f.undecided, "undecided", false, "list what could not be decided")
	return cmd
}

func (f *policyFlags) run(cmd *cobra.Command, g *globals, file string, now time.Time) error {
	all := rules.All()
	settings, settingsErr := f.settings(all)
	stack, err := readPoliced(cmd, file)
	if err := errors.Join(settingsErr, err); err != nil {
		return usageError{err}
	}
	res, err := policy.Run(all, stack.Inputs, stack.Known, settings, now)
	if err != nil {
		return fmt.Errorf("checking %q: %w", file, err)
	}
	out := cmd.OutOrStdout()
	if g.json {
		err = json.NewEncoder(out).Encode(res)
	} else {
		err = f.print(out, stack, res)
	}
	if err == nil && res.Mandatory() {
		return errRefused
	}
	return err
}

// errRefused ends the command with the exit code of jobs that did not succeed: it
// worked, and what it found was shown.
var errRefused = fmt.Errorf("a mandatory rule is violated: %w", errJobs)

func (f *policyFlags) settings(all []policy.Rule) (policy.Settings, error) {
	if f.config == "" {
		return policy.Settings{}, nil
	}
	b, err := os.ReadFile(f.config)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	settings, err := policy.ParseSettings(b, all)
	if err != nil {
		return nil, fmt.Errorf("--config %q: %w", f.config, err)
	}
	return settings, nil
}

func readPoliced(cmd *cobra.Command, name string) (stack *statefile.File, err error) {
	return stack, reading(cmd, name, func(r io.Reader) (err error) {
		if stack, err = statefile.Read(r); err != nil && name != "-" {
			err = fmt.Errorf("%q: %w", name, err)
		}
		return err
	})
}

func (f *policyFlags) print(out io.Writer, stack *statefile.File, res policy.Result) error {
	var lines printer
	mandatory := 0
	for _, v := range res.Violations {
		if v.Level == policy.Mandatory {
			mandatory++
		}
		lines.add("%s %s (%s, %s) %s\n    %s", v.Level, v.Rule, v.Area, v.Severity, policedName(v.URN), v.Message)
	}
	for _, w := range res.Waived {
		lines.add("waived %s until %s %s\n    %s (%s)", w.Rule, w.Waiver.Until, policedName(w.URN), w.Waiver.Reason, w.Message)
	}
	for _, u := range res.Undecided {
		if f.undecided {
			lines.add("undecided %s %s\n    %s", u.Rule, policedName(u.URN), u.Message)
		}
	}
	lines.add("%d rules on %d resources of %s/%s: %d mandatory and %d advisory violations, %d waived, %d values not decided, %d rules disabled",
		res.Rules, len(stack.Inputs.Resources), stack.Inputs.Project, stack.Inputs.Name, mandatory, len(res.Violations)-mandatory, len(res.Waived),
		len(res.Undecided), res.Disabled)
	_, err := out.Write(lines)
	return err
}

// printer gathers lines.
type printer []byte

func (p *printer) add(format string, args ...any) { *p = fmt.Appendf(*p, format+"\n", args...) }

// policedName is a resource's name and type; a violation of the whole stack has none.
func policedName(urn string) string {
	kind, name, ok := cutLast(urn, "::")
	if !ok {
		return "the stack"
	}
	_, kind, _ = cutLast(kind, "::")
	_, kind, _ = cutLast("$"+kind, "$")
	return name + " [" + kind + "]"
}

// cutLast cuts a text where sep is for the last time.
func cutLast(text, sep string) (before, after string, found bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return "", text, false
	}
	return text[:i], text[i+len(sep):], true
}
