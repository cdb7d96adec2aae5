package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// endSeconds is what an interrupted command gets to end what it began: bin/spotgrid
// gives Pulumi two minutes.
const endSeconds = 150

// maxMessageBytes of what a failed command wrote are kept.
const maxMessageBytes = 4_000

// execute runs a program in the project's folder with arguments that no shell
// reads. It ends by SIGINT, so that Pulumi can finish what it began.
func (p project) execute(ctx context.Context, in io.Reader, out, errs io.Writer, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = string(p), in, out, errs
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = endSeconds * time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("%s %s: %w", program, strings.Join(args, " "), err)
	}
	return nil
}

// spotgrid runs bin/spotgrid and returns what it printed. What it said beside
// that is in the error, if there is one.
func (p project) spotgrid(ctx context.Context, args ...string) ([]byte, error) {
	var out, errs bytes.Buffer
	if err := p.execute(ctx, nil, &out, &errs, p.path("bin/spotgrid"), args...); err != nil {
		return out.Bytes(), fmt.Errorf("%w: %s", err, tail(errs.String()))
	}
	return out.Bytes(), nil
}

// show runs bin/spotgrid and lets the reader of the log see what it says.
func (p project) show(ctx context.Context, args ...string) error {
	return p.execute(ctx, nil, os.Stderr, os.Stderr, p.path("bin/spotgrid"), args...)
}

// tail is the end of a text, which says most.
func tail(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > maxMessageBytes {
		text = "... " + strings.ToValidUTF8(text[len(text)-maxMessageBytes:], "")
	}
	return text
}
