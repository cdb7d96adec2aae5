package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/tools/pipeline/github"
	"github.com/spotgrid/spotgrid/tools/pipeline/report"
)

const commentHelp = `Make of the reports in a folder the one comment on their pull request: it is
written once and then edited. The reports may come from a fork and are not
trusted: the pull request that they name must have the head that GitHub says the
run was for (HEAD_REPO, HEAD_SHA), and what they hold is checked.`

func commentCommand() *cobra.Command {
	folder := ""
	cmd := &cobra.Command{
		Use: "comment --reports FOLDER", Short: "Keep one comment on a pull request", Long: commentHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			hub, reports, err := hubAndReports(folder)
			if err != nil {
				return err
			}
			return comment(cmd.Context(), hub, reports, github.PullHead{Repo: os.Getenv("HEAD_REPO"), SHA: os.Getenv("HEAD_SHA")}, runName())
		},
	}
	cmd.Flags().StringVar(&folder, "reports", "reports", "`folder` with the reports of the run's jobs")
	return cmd
}

// comment writes on the pull request that the reports name, if it is the one that
// the run was for.
func comment(ctx context.Context, hub *github.Client, reports []report.Report, run github.PullHead, name string) error {
	if run.Repo == "" || run.SHA == "" {
		return errors.New("HEAD_REPO and HEAD_SHA say which commit the run was for: not set")
	}
	pull := 0
	for _, r := range reports {
		if pull != 0 && r.Pull != pull {
			return fmt.Errorf("the reports name pull requests %d and %d", pull, r.Pull)
		}
		pull = r.Pull
	}
	if pull == 0 {
		return errors.New("the reports name no pull request")
	}
	head, err := hub.Head(ctx, pull)
	if err != nil {
		return err
	}
	if head.Repo != run.Repo {
		return fmt.Errorf("pull request %d is of %q, and the run was for %q", pull, head.Repo, run.Repo)
	}
	if head.SHA != run.SHA {
		fmt.Printf("pull request %d has newer commits than this run, whose report is dropped\n", pull)
		return nil
	}
	return hub.Comment(ctx, pull, "pull-request", report.Pull(report.Merge(reports), head.Repo != hub.Repo, name))
}

// hubAndReports are what is written to, and what about.
func hubAndReports(folder string) (*github.Client, []report.Report, error) {
	hub, err := github.New(os.Getenv)
	if err != nil {
		return nil, nil, err
	}
	reports, err := readReports(folder)
	return hub, reports, err
}

// readReports reads every report below a folder; no report at all is an error.
func readReports(folder string) ([]report.Report, error) {
	var reports []report.Report
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != report.FileName {
			return err
		}
		r, err := report.Read(path)
		reports = append(reports, r)
		return err
	})
	if err == nil && len(reports) == 0 {
		err = fmt.Errorf("no %s in %q or below", report.FileName, folder)
	}
	return reports, err
}
