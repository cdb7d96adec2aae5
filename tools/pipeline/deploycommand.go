package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/tools/pipeline/catalogue"
	"github.com/spotgrid/spotgrid/tools/pipeline/github"
	"github.com/spotgrid/spotgrid/tools/pipeline/plan"
	"github.com/spotgrid/spotgrid/tools/pipeline/release"
	"github.com/spotgrid/spotgrid/tools/pipeline/report"
)

// releaseFile is a release's name in its artifact.
const releaseFile = "release.tar"

const deployHelp = `Bring a stack to a release, whose digest must be the one given, and try it: call a
function, and submit jobs where .github/stacks.yaml says so. If that fails, the
stack goes back to the release before, which its history names, and is tried
again; the command fails all the same.

A stack of the rings staging and prod is deployed from a workflow only if its
environment waits for a person's approval: one that nobody set up does not.`

// deployFlags are those of deploy, plan and rollback.
type deployFlags struct{ file, digest, releases string }

func (f *deployFlags) add(cmd *cobra.Command, file bool) *cobra.Command {
	if file {
		cmd.Flags().StringVar(&f.file, "release", "bin/release.tar", "`file` of the release")
	}
	cmd.Flags().StringVar(&f.digest, "digest", "", "`sha256:...` of the release")
	cmd.Flags().StringVar(&f.releases, "releases", "", "`folder` with earlier releases, DIGEST.tar; without it they are artifacts of the repository's workflows")
	return cmd
}

func deployCommand() *cobra.Command {
	f := &deployFlags{}
	return f.add(&cobra.Command{
		Use: "deploy STACK --digest sha256:...", Short: "Bring a stack to a release, or back", Long: deployHelp, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, digest, err := f.prepareAllowed(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return d.deploy(cmd.Context(), f.file, digest)
		},
	}, true)
}

const rollbackHelp = `Bring a stack back to an earlier release and try it: to --digest, or to the newest
in its history that is not the one it is at.`

func rollbackCommand() *cobra.Command {
	f := &deployFlags{}
	return f.add(&cobra.Command{
		Use: "rollback STACK [--digest sha256:...]", Short: "Bring a stack back to an earlier release", Long: rollbackHelp, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, digest, err := f.prepareAllowed(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if digest == "" {
				if digest, err = d.previous(cmd.Context()); err != nil {
					return err
				}
			}
			return d.back(cmd.Context(), digest, " (by hand)")
		},
	}, false)
}

// previous is what a rollback goes to if nothing else is said.
func (d *deployment) previous(ctx context.Context) (release.Digest, error) {
	all, err := d.checkout.deployed(ctx, d.stack.Name)
	if err != nil {
		return "", err
	}
	if len(all) > 0 {
		if to := before(all, all[0]); to != "" {
			return to, nil
		}
	}
	return "", fmt.Errorf("stack %q has no release before the one it is at", d.stack.Name)
}

const planHelp = `Show what a release would change on a stack, on the run's page too, and change
nothing: what an approval is given for.`

func planCommand() *cobra.Command {
	f := &deployFlags{}
	return f.add(&cobra.Command{
		Use: "plan STACK --digest sha256:...", Short: "Show what a release would change on a stack", Long: planHelp, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, digest, err := f.prepare(args[0])
			if err != nil {
				return err
			}
			p, err := d.plan(cmd.Context(), f.file, digest)
			if err != nil {
				return err
			}
			return showPlan(p, digest)
		},
	}, true)
}

// plan is what the release in file would change.
func (d *deployment) plan(ctx context.Context, file string, digest release.Digest) (plan.Plan, error) {
	err := d.unpack(file, digest)
	var b []byte
	if err == nil {
		b, err = d.folder.spotgrid(ctx, livePreview(d.stack.Name)...)
	}
	var p plan.Plan
	if err == nil {
		p, err = plan.Parse(d.stack.Name, b)
	}
	if err != nil {
		return p, fmt.Errorf("planning release %s for stack %q: %s%w", digest, d.stack.Name, plan.Errors(b), err)
	}
	return p, nil
}

func showPlan(p plan.Plan, digest release.Digest) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### Stack `%s`: what release `%s` changes\n", p.Stack, digest)
	report.Changes(&b, p)
	fmt.Print(b.String())
	return summary(b.String())
}

// prepare reads the flags; all their faults are in the error.
func (f *deployFlags) prepare(name string) (*deployment, release.Digest, error) {
	p, c, err := loadProject()
	if err != nil {
		return nil, "", err
	}
	var faults []error
	known, err := c.Only([]string{name})
	faults = append(faults, err)
	if err == nil && known[0].Ring == "" {
		faults = append(faults, fmt.Errorf("stack %q is of no ring in %s: nothing deploys it", name, catalogue.File))
	}
	var digest release.Digest
	if f.digest != "" || f.file != "" {
		digest, err = release.ParseDigest(f.digest)
		faults = append(faults, err)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, "", err
	}
	d, err := p.deployment(known[0])
	if err != nil {
		return nil, "", err
	}
	d.fetch = fromArtifacts
	if f.releases != "" {
		d.fetch = fromFolder(f.releases)
	}
	return d, digest, nil
}

// prepareAllowed is prepare for what changes a stack.
func (f *deployFlags) prepareAllowed(ctx context.Context, name string) (*deployment, release.Digest, error) {
	d, digest, err := f.prepare(name)
	if err == nil {
		err = mayDeploy(ctx, d.stack)
	}
	return d, digest, err
}

// fromArtifacts fetches releases that workflows made.
func fromArtifacts(ctx context.Context, d release.Digest, folder string) (string, error) {
	hub, err := github.New(os.Getenv)
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, releaseFile), hub.Artifact(ctx, "release-"+d.Hex(), releaseFile, folder)
}

// mayDeploy refuses, in a workflow, a stack whose approval nobody would give. By
// hand the person is there.
func mayDeploy(ctx context.Context, s catalogue.Stack) error {
	if os.Getenv("GITHUB_ACTIONS") == "" || !s.Approved() {
		return nil
	}
	hub, err := github.New(os.Getenv)
	if err != nil {
		return err
	}
	return approved(ctx, hub, s)
}

func approved(ctx context.Context, hub *github.Client, s catalogue.Stack) error {
	ok, err := hub.Approved(ctx, s.Name)
	if err == nil && !ok {
		err = fmt.Errorf("stack %q is of ring %s, and its environment asks nobody for an approval: set required reviewers", s.Name, s.Ring)
	}
	return err
}
