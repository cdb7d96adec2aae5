package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// errNoGo is the one requirement of this host.
var errNoGo = errors.New("no go command on PATH: install Go (https://go.dev/dl) or set the runtime option binary")

// goCommand prepares "go args" in dir. It ends with ctx.
func (h *host) goCommand(ctx context.Context, dir string, args ...string) (*exec.Cmd, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, errNoGo
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = dir, h.environ
	ownGroup(cmd)
	return cmd, nil
}

// goOutput runs "go args" in dir and returns its standard output. An error
// carries what go wrote on standard error; downloads are reported as they
// happen, since they can take minutes.
func (h *host) goOutput(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd, err := h.goCommand(ctx, dir, args...)
	if err != nil {
		return nil, err
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout = &stdout
	cmd.Stderr = io.MultiWriter(&stderr, &downloadLines{to: h.stderr})
	if err := run(ctx, cmd); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("go %s in %q: %w\n%s", args[0], dir, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.Bytes(), nil
}

// downloadLines passes on the lines in which go reports a download.
type downloadLines struct {
	to      io.Writer
	partial []byte
}

func (d *downloadLines) Write(p []byte) (int, error) {
	d.partial = append(d.partial, p...)
	for {
		end := bytes.IndexByte(d.partial, '\n')
		if end < 0 {
			return len(p), nil
		}
		line := string(d.partial[:end+1])
		d.partial = d.partial[end+1:]
		if strings.HasPrefix(line, "go: downloading ") {
			if _, err := io.WriteString(d.to, line); err != nil {
				return 0, err
			}
		}
	}
}
