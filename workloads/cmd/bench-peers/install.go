package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed py/*.py py/requirements.txt
var embedded embed.FS

// venvPython is the interpreter that tools/peers makes, below the project.
const venvPython = ".venv-peers/bin/python"

// peers are the scripts and the interpreter that runs them.
type peers struct {
	python string
	// dir holds the scripts while this process runs.
	dir string
	// pinned are the distributions that py/requirements.txt names.
	pinned map[string]bool
	// missing says, line by line, what could not be installed and why.
	missing string
	// version is the interpreter's, once a script ran.
	version string
}

// newPeers unpacks the scripts and, unless python names an interpreter,
// installs what they need. Close removes the scripts again.
func newPeers(ctx context.Context, python string, progress io.Writer) (*peers, error) {
	p := &peers{python: python}
	if python == "" {
		root, err := findRoot()
		if err != nil {
			return nil, err
		}
		if err := install(ctx, root, progress); err != nil {
			return nil, err
		}
		p.python = filepath.Join(root, venvPython)
		failed, err := os.ReadFile(filepath.Join(root, ".venv-peers", "failed"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("finding out what is not installed: %w", err)
		}
		p.missing = strings.TrimSpace(string(failed))
	}
	requirements, err := embedded.ReadFile("py/requirements.txt")
	if err != nil {
		return nil, err
	}
	p.pinned = pinnedNames(string(requirements))
	if p.dir, err = os.MkdirTemp("", "bench-peers-"); err != nil {
		return nil, fmt.Errorf("unpacking the scripts: %w", err)
	}
	if err := os.CopyFS(p.dir, embedded); err != nil {
		p.close()
		return nil, fmt.Errorf("unpacking the scripts: %w", err)
	}
	return p, nil
}

func (p *peers) close() { _ = os.RemoveAll(p.dir) }

// start starts a script of py/.
func (p *peers) start(ctx context.Context, script string, threads int) (*peer, error) {
	started, err := startPeer(ctx, p.python, filepath.Join(p.dir, "py", script), threads)
	if err != nil && p.missing != "" {
		return nil, fmt.Errorf("%w; not installed: %s", err, p.missing)
	}
	if err == nil {
		p.version = started.hello.Python
	}
	return started, err
}

// findRoot is the nearest folder, from the working folder up, with tools/peers.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "tools", "peers")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("there is no tools/peers here or above; run this inside the project, or name an interpreter with --python")
		}
		dir = parent
	}
}

func install(ctx context.Context, root string, progress io.Writer) error {
	cmd := exec.CommandContext(ctx, filepath.Join(root, "tools", "peers"))
	group(cmd)
	cmd.Stdout, cmd.Stderr = progress, progress
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("installing the peers: %w", err)
	}
	return nil
}

// pinnedNames are the distributions of a requirements file.
func pinnedNames(requirements string) map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(requirements) {
		if name, _, pinned := strings.Cut(strings.TrimSpace(line), "=="); pinned && !strings.HasPrefix(name, "#") {
			names[normalized(name)] = true
		}
	}
	return names
}

// normalized is a distribution's name as PyPI compares it (PEP 503, but for
// runs of separators).
func normalized(name string) string {
	return strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(name))
}
