package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spotgrid/spotgrid/tools/pipeline/catalogue"
	"github.com/spotgrid/spotgrid/tools/pipeline/release"
)

// smokeTimeout is how long a deployed stack may take to do its first jobs: a
// machine has to be found and to start first.
const smokeTimeout = 20 * time.Minute

// deployment brings a stack to a release.
type deployment struct {
	checkout project
	stack    catalogue.Stack
	// folder is the stack's own: releases are unpacked there, one over the other.
	folder project
	// fetch gets the file of an earlier release.
	fetch func(ctx context.Context, d release.Digest, folder string) (file string, err error)
}

func (p project) deployment(stack catalogue.Stack) (*deployment, error) {
	d := &deployment{checkout: p, stack: stack, folder: project(p.path(".spotgrid/deploy/" + stack.Name))}
	if err := os.MkdirAll(string(d.folder), 0o755); err != nil {
		return nil, fmt.Errorf("deploying stack %q: %w", stack.Name, err)
	}
	return d, nil
}

// errDigest means that a file is not the release it should be.
var errDigest = errors.New("the file is another release")

// unpack puts a release into the stack's folder, if it is the one that is meant,
// and makes it a project: with Pulumi, and the stack program that came with it.
func (d *deployment) unpack(file string, want release.Digest) error {
	got, err := release.File(file)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%w: %q has digest %s, want %s", errDigest, file, got, want)
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := release.Unpack(f, string(d.folder)); err != nil {
		return err
	}
	for _, name := range []string{"bin/pulumi", "bin/pulumi-language-go"} {
		if err := link(d.checkout.path(name), d.folder.path(name)); err != nil {
			return err
		}
	}
	b, err := os.ReadFile(d.folder.path("Pulumi.yaml"))
	if err != nil {
		return err
	}
	return d.folder.run(b, d.folder.path("bin/stacks"))
}

// link makes to a link to from, or nothing where from is not there: Pulumi's own
// command brings its language host along.
func link(from, to string) error {
	if err := os.Remove(to); err != nil && !os.IsNotExist(err) {
		return err
	}
	if _, err := os.Stat(from); err != nil {
		return nil
	}
	return os.Symlink(from, to)
}

// deploy brings the stack to the release in file and tries it. If either fails,
// the stack goes back to the release before, and the error says so.
func (d *deployment) deploy(ctx context.Context, file string, digest release.Digest) error {
	if err := d.unpack(file, digest); err != nil {
		return fmt.Errorf("deploying to stack %q: %w", d.stack.Name, err)
	}
	earlier, err := d.folder.deployed(ctx, d.stack.Name)
	if err != nil {
		return err
	}
	err = d.up(ctx, digest, "")
	if err == nil || ctx.Err() != nil {
		return err
	}
	previous := before(earlier, digest)
	if previous == "" {
		return fmt.Errorf("%w\nstack %s stays as it is now: no release before this one is known", err, d.stack.Name)
	}
	if back := d.back(ctx, previous, " (back from "+string(digest)+")"); back != nil {
		return fmt.Errorf("%w\nand going back to %s failed: %w", err, previous, back)
	}
	return fmt.Errorf("%w\nstack %s is back at %s", err, d.stack.Name, previous)
}

// back brings the stack to an earlier release and tries it.
func (d *deployment) back(ctx context.Context, to release.Digest, note string) error {
	folder, err := os.MkdirTemp("", "spotgrid-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	file, err := d.fetch(ctx, to, folder)
	if err == nil {
		err = d.unpack(file, to)
	}
	if err != nil {
		return err
	}
	return d.up(ctx, to, note)
}

func (d *deployment) up(ctx context.Context, digest release.Digest, note string) error {
	fmt.Fprintf(os.Stderr, "==> stack %s: up to %s\n", d.stack.Name, digest)
	err := d.folder.show(ctx, "up", "--stack", d.stack.Name, "--",
		"--yes", "--skip-preview", "--non-interactive", "--message", message(digest, note))
	if err == nil {
		fmt.Fprintf(os.Stderr, "==> stack %s: trying it\n", d.stack.Name)
		err = d.smoke(ctx)
	}
	if err != nil {
		return fmt.Errorf("release %s on stack %q: %w", digest, d.stack.Name, err)
	}
	return nil
}

// smoke tries the stack: a function is called, and where a runner can see the
// grid's files, jobs are submitted and watched to their end.
func (d *deployment) smoke(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, smokeTimeout, fmt.Errorf("not done after %s", smokeTimeout))
	defer cancel()
	payload := bytes.NewReader([]byte(`{"jobs":1000,"vcpu_seconds":3600000}`))
	err := d.folder.execute(ctx, payload, os.Stderr, os.Stderr, d.folder.path("bin/spotgrid"), "invoke", "quote", "--stack", d.stack.Name)
	if err != nil || d.stack.Smoke != "jobs" {
		return err
	}
	return d.folder.show(ctx, "submit", "--stack", d.stack.Name, "--watch", "--count", "3", "--kind", "command",
		"--payload", `{"argv":["echo","smoke","{index}"]}`)
}

// fromFolder fetches releases that lie in a folder, named by their digest.
func fromFolder(folder string) func(context.Context, release.Digest, string) (string, error) {
	return func(_ context.Context, d release.Digest, _ string) (string, error) {
		file := filepath.Join(folder, d.Hex()+".tar")
		_, err := os.Stat(file)
		return file, err
	}
}
