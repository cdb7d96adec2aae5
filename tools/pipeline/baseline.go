package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// baseline is the project as it is where the change leaves the base, for saying
// what the change costs more or less.
type baseline struct {
	laid   project
	folder string // for previews
}

// layOutBaseline builds the stack program of the commit that HEAD and the base have
// in common, and lays a project out that runs it with this one's programs.
func (v *previews) layOutBaseline(ctx context.Context, folder string) (*baseline, error) {
	commit, err := v.project.git(ctx, "merge-base", v.base, "HEAD")
	if err != nil {
		return nil, err
	}
	source := project(filepath.Join(folder, "source"))
	if err := os.MkdirAll(string(source), 0o755); err != nil {
		return nil, err
	}
	archive := filepath.Join(folder, "source.tar")
	if _, err := v.project.git(ctx, "archive", "--output", archive, strings.TrimSpace(commit)); err != nil {
		return nil, err
	}
	var errs bytes.Buffer
	if err := source.execute(ctx, nil, nil, &errs, "tar", "-xf", archive); err != nil {
		return nil, fmt.Errorf("%w: %s", err, tail(errs.String()))
	}
	program := filepath.Join(folder, "program")
	if err := source.execute(ctx, nil, os.Stderr, &errs, "go", "build", "-o", program, "./stacks"); err != nil {
		return nil, fmt.Errorf("%w: %s", err, tail(errs.String()))
	}
	if err := os.Symlink(v.project.path("bin"), source.path("bin")); err != nil {
		return nil, err
	}
	laid, err := source.layOut(filepath.Join(folder, "project"), program)
	if err != nil {
		return nil, err
	}
	return &baseline{laid: laid, folder: folder}, nil
}

// preview returns the file with a stack's preview. There is none, and "", of a
// stack that the change adds.
func (b *baseline) preview(ctx context.Context, stack string) (string, error) {
	if _, err := os.Stat(b.laid.path("stacks/config/Pulumi." + stack + ".yaml")); err != nil {
		return "", nil
	}
	out, err := b.laid.spotgrid(ctx, offlinePreview(stack)...)
	if err != nil {
		return "", err
	}
	file := filepath.Join(b.folder, stack+".json")
	return file, os.WriteFile(file, out, 0o600)
}

// git runs it in the project's folder and returns what it printed. Commits that
// are given begin with no dash: changed has checked that.
func (p project) git(ctx context.Context, args ...string) (string, error) {
	var out, errs bytes.Buffer
	if err := p.execute(ctx, nil, &out, &errs, "git", args...); err != nil {
		return "", fmt.Errorf("%w: %s", err, tail(errs.String()))
	}
	return out.String(), nil
}
