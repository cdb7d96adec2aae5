package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/tools/pipeline/catalogue"
)

const matrixHelp = `Say which stacks each of a workflow's jobs is for, as JSON lists, and hand them to
the workflow: touched (by the changes since --base, or all), and of the stacks
that have an account dev, staging, prod and deployed (all three). Which stacks
have one stands in ACCOUNTS, a list with spaces; those that have none are named.`

func matrixCommand() *cobra.Command {
	base := ""
	cmd := &cobra.Command{
		Use: "matrix [--base COMMIT]", Short: "Say which stacks a workflow's jobs are for", Long: matrixHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, c, err := loadProject()
			if err != nil {
				return err
			}
			touched, err := p.touched(cmd.Context(), c, base)
			if err != nil {
				return err
			}
			accounts, err := withAccounts(c, os.Getenv("ACCOUNTS"))
			if err != nil {
				return err
			}
			return printMatrix(c, touched, accounts)
		},
	}
	cmd.Flags().StringVar(&base, "base", "", "`commit` that the change starts from; none: every stack is touched")
	return cmd
}

func printMatrix(c catalogue.Catalogue, touched []catalogue.Touch, accounts []string) error {
	var names, deployed, live []string
	for _, t := range touched {
		names = append(names, t.Stack.Name)
		if slices.Contains(accounts, t.Stack.Name) {
			live = append(live, t.Stack.Name)
		}
	}
	for _, ring := range catalogue.Rings {
		var of []string
		for _, s := range c.Ring(ring) {
			if slices.Contains(accounts, s.Name) {
				of = append(of, s.Name)
				continue
			}
			fmt.Fprintf(os.Stderr, "stack %s (%s) is left out: ACCOUNTS does not name it\n", s.Name, ring)
		}
		deployed = append(deployed, of...)
		if err := output(ring, list(of)); err != nil {
			return err
		}
	}
	for name, value := range map[string][]string{"touched": names, "live": live, "deployed": deployed} {
		if err := output(name, list(value)); err != nil {
			return err
		}
	}
	return nil
}

// list is never null in JSON, which no matrix takes.
func list(names []string) []string { return append([]string{}, names...) }

// withAccounts reads ACCOUNTS; an unknown stack in it is a mistake.
func withAccounts(c catalogue.Catalogue, accounts string) ([]string, error) {
	kept, err := c.Only(strings.Fields(accounts))
	if err != nil {
		return nil, fmt.Errorf("reading ACCOUNTS: %w", err)
	}
	return kept.Names(), nil
}

// touched are the stacks that the changes since base touch; all where base is "".
func (p project) touched(ctx context.Context, c catalogue.Catalogue, base string) ([]catalogue.Touch, error) {
	if base == "" {
		all := make([]catalogue.Touch, len(c))
		for i, s := range c {
			all[i].Stack = s
		}
		return all, nil
	}
	files, err := p.changed(ctx, base)
	if err != nil {
		return nil, err
	}
	return c.Touched(files), nil
}

// changed lists the files that differ between the commit where this branch left
// base and HEAD; of a renamed one both names.
func (p project) changed(ctx context.Context, base string) ([]string, error) {
	if strings.HasPrefix(base, "-") {
		return nil, fmt.Errorf("base is %q, want a commit", base)
	}
	var out, errs bytes.Buffer
	err := p.execute(ctx, nil, &out, &errs, "git", "diff", "--name-only", "--no-renames", "-z", base+"...HEAD", "--")
	if err != nil {
		return nil, fmt.Errorf("listing what changed: %w: %s", err, tail(errs.String()))
	}
	return strings.FieldsFunc(out.String(), func(r rune) bool { return r == 0 }), nil
}
