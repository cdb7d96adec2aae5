package stack

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/durable"
)

// own is a Pulumi of the project's own for one stack: state, passphrase and
// home in one folder, out of the way of the user's login.
type own struct {
	stack  Stack
	folder string
}

// own is what a local stack is kept with.
func (s Stack) own() own { return own{s, s.Folder()} }

func (o own) state() string      { return filepath.Join(o.folder, "state") }
func (o own) home() string       { return filepath.Join(o.folder, "home") }
func (o own) passphrase() string { return filepath.Join(o.folder, "passphrase") }

// environment replaces everything of Pulumi's.
func (o own) environment(inherited []string) []string {
	env := append(without(o.stack.withPath(inherited), "PULUMI_"),
		"PULUMI_BACKEND_URL=file://"+o.state(),
		"PULUMI_HOME="+o.home(),
		"PULUMI_CONFIG_PASSPHRASE_FILE="+o.passphrase(),
		// The key's salt is read from the state, since the stack's config file
		// belongs to the repository and must not hold it; see configCopy.
		"PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER=true",
		"PULUMI_SKIP_UPDATE_CHECK=true",
	)
	if o.stack.Local() {
		// A local grid needs no plugin but ours, which is in bin.
		env = append(env, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true")
	}
	return env
}

// prepare makes the folder, with a passphrase that nobody needs to know.
func (o own) prepare() error {
	for _, dir := range []string{o.state(), o.home()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("preparing stack %q: %w", o.stack.Name, err)
		}
	}
	_, err := os.Stat(o.passphrase())
	if errors.Is(err, os.ErrNotExist) {
		return durable.ReplaceFile(o.passphrase(), []byte(rand.Text()))
	}
	return err
}

// exists reports whether the stack was created, by the state that its backend
// keeps.
func (o own) exists() bool {
	_, err := os.Stat(filepath.Join(o.state(), ".pulumi", "stacks", "spotgrid", o.stack.Name+".json"))
	return err == nil
}

// create creates and selects the stack. It does so in a folder of its own that
// holds only the project file, because pulumi leaves a config file beside it.
func (o own) create(ctx context.Context, run runner) error {
	if err := o.prepare(); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(o.folder, "init-")
	if err != nil {
		return fmt.Errorf("creating stack %q: %w", o.stack.Name, err)
	}
	defer os.RemoveAll(scratch)
	if err := os.WriteFile(filepath.Join(scratch, "Pulumi.yaml"), []byte("name: spotgrid\nruntime: go\n"), 0o600); err != nil {
		return fmt.Errorf("creating stack %q: %w", o.stack.Name, err)
	}
	if err := run.quiet(ctx, scratch, "stack", "init", o.stack.Name, "--non-interactive"); err != nil {
		return fmt.Errorf("creating stack %q: %w", o.stack.Name, err)
	}
	if err := run.quiet(ctx, o.stack.Root, "stack", "select", o.stack.Name); err != nil {
		return fmt.Errorf("selecting stack %q: %w", o.stack.Name, err)
	}
	return nil
}

// configCopy copies the stack's config file to the folder and returns the
// copy: pulumi adds the salt of the stack's key to the file it reads, and the
// repository's own must stay as it is. change, if not nil, is what the copy
// differs by.
func (o own) configCopy(change func([]byte) ([]byte, error)) (string, error) {
	b, err := os.ReadFile(o.stack.configFile())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("reading the config of stack %q: %w", o.stack.Name, err)
	}
	if change != nil {
		if b, err = change(b); err != nil {
			return "", fmt.Errorf("reading the config of stack %q: %w", o.stack.Name, err)
		}
	}
	path := filepath.Join(o.folder, filepath.Base(o.stack.configFile()))
	return path, durable.ReplaceFile(path, b)
}

// without drops the variables whose names start with one of the prefixes.
func without(env []string, prefixes ...string) []string {
	var kept []string
	for _, kv := range env {
		drop := false
		for _, p := range prefixes {
			drop = drop || strings.HasPrefix(kv, p)
		}
		if !drop {
			kept = append(kept, kv)
		}
	}
	return kept
}
