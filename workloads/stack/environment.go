package stack

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/durable"
)

// Environment is what pulumi is run with. For a stack in a cloud that is the
// user's own, so that it finds the user's login; for a local one everything of
// Pulumi's is replaced.
func (s Stack) Environment(inherited []string) []string {
	// The engine takes a language host from PATH before the one beside it, and
	// an old one there might not run Go policy packs.
	inherited = append(slices.Clone(inherited), "PATH="+filepath.Join(s.Root, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"))
	if !s.Local() {
		return inherited
	}
	var env []string
	for _, kv := range inherited {
		if !strings.HasPrefix(kv, "PULUMI_") {
			env = append(env, kv)
		}
	}
	return append(env,
		"PULUMI_BACKEND_URL=file://"+s.state(),
		"PULUMI_HOME="+s.home(),
		"PULUMI_CONFIG_PASSPHRASE_FILE="+s.passphrase(),
		// The key's salt is read from the state, since the stack's config file
		// belongs to the repository and must not hold it; see configCopy.
		"PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER=true",
		// A local grid needs no plugin but ours, which is in bin.
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"PULUMI_SKIP_UPDATE_CHECK=true",
	)
}

// prepare makes the folder of a local stack, with a passphrase that nobody
// needs to know.
func (s Stack) prepare() error {
	for _, dir := range []string{s.state(), s.home()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("preparing stack %q: %w", s.Name, err)
		}
	}
	_, err := os.Stat(s.passphrase())
	if errors.Is(err, os.ErrNotExist) {
		return durable.ReplaceFile(s.passphrase(), []byte(rand.Text()))
	}
	return err
}

// exists reports whether a local stack was created, by the state that its
// backend keeps.
func (s Stack) exists() bool {
	_, err := os.Stat(filepath.Join(s.state(), ".pulumi", "stacks", "spotgrid", s.Name+".json"))
	return err == nil
}

// configCopy copies the stack's config file to the stack's folder and returns
// the copy: pulumi adds the salt of the stack's key to the file it reads, and
// the repository's own must stay as it is.
func (s Stack) configCopy() (string, error) {
	name := "Pulumi." + s.Name + ".yaml"
	b, err := os.ReadFile(filepath.Join(s.Root, "stacks", "config", name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("reading the config of stack %q: %w", s.Name, err)
	}
	path := filepath.Join(s.Folder(), name)
	return path, durable.ReplaceFile(path, b)
}
