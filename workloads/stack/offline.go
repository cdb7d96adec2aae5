package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// ErrNoConfig means that no config file describes the stack.
var ErrNoConfig = errors.New("no config file")

// ofAccounts start the names of variables that lead to somebody's account.
var ofAccounts = []string{"AWS_", "GOOGLE_", "CLOUDSDK_"}

// noAccount keeps a provider from finding an account elsewhere.
var noAccount = []string{
	"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
}

// PreviewOffline previews the stack as if it were new, with no login and no
// account: state, passphrase and Pulumi home are made for this one run in
// .spotgrid, only the installed plugins are the user's. The program is told by
// the config spotgrid:offline, so that providers check and plan but call
// nothing; variables with credentials are hidden from them. Pulumi downloads a
// missing plugin, and if it cannot, says how to install it.
func (s Stack) PreviewOffline(ctx context.Context, io Streams, args ...string) error {
	if err := s.checkConfig(); err != nil {
		return err
	}
	base := filepath.Join(s.Root, ".spotgrid")
	if err := os.MkdirAll(base, 0o700); err != nil {
		return fmt.Errorf("previewing stack %q offline: %w", s.Name, err)
	}
	folder, err := os.MkdirTemp(base, "offline-")
	if err != nil {
		return fmt.Errorf("previewing stack %q offline: %w", s.Name, err)
	}
	defer func() {
		os.RemoveAll(folder)
		os.Remove(base) // unless other stacks are in it
	}()
	return own{s, folder}.preview(ctx, io, args)
}

func (o own) preview(ctx context.Context, io Streams, args []string) error {
	run, err := o.stack.runner(o.offlineEnvironment(os.Environ()))
	if err != nil {
		return err
	}
	if err := o.prepare(); err != nil {
		return err
	}
	if err := o.borrowPlugins(userHome(os.Environ())); err != nil {
		return err
	}
	if err := o.create(ctx, run); err != nil {
		return err
	}
	file, err := o.configCopy(withoutSecrets)
	if err != nil {
		return err
	}
	line := []string{"preview", "--config-file", file, "--config", "spotgrid:offline=true"}
	return run.run(ctx, o.stack.Root, io, append(line, args...)...)
}

func (o own) offlineEnvironment(inherited []string) []string {
	return append(without(o.environment(inherited), ofAccounts...), noAccount...)
}

// borrowPlugins lets the home have the plugins of another one, and put there
// what it downloads. A local stack needs none.
func (o own) borrowPlugins(home string) error {
	if o.stack.Local() {
		return nil
	}
	plugins, err := filepath.Abs(filepath.Join(home, "plugins"))
	if err == nil {
		err = os.MkdirAll(plugins, 0o700)
	}
	if err == nil {
		err = os.Symlink(plugins, filepath.Join(o.home(), "plugins"))
	}
	if err != nil {
		return fmt.Errorf("borrowing the installed plugins: %w", err)
	}
	return nil
}

func (s Stack) configFile() string {
	return filepath.Join(s.Root, "stacks", "config", "Pulumi."+s.Name+".yaml")
}

// checkConfig refuses a stack that nothing describes: what it would preview is
// a grid of defaults. Local ones may be such.
func (s Stack) checkConfig() error {
	if _, err := os.Stat(s.configFile()); s.Local() || err == nil {
		return nil
	}
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(s.configFile()), "Pulumi.*.yaml"))
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "Pulumi."), ".yaml"))
	}
	slices.Sort(names)
	return fmt.Errorf("stack %q has %w stacks/config/Pulumi.%s.yaml; there are: %s", s.Name, ErrNoConfig, s.Name, strings.Join(names, ", "))
}

// ofSecrets are what a config file says of the key of its secrets.
var ofSecrets = []string{"encryptionsalt", "encryptedkey", "secretsprovider"}

// withoutSecrets replaces the secrets of a config file, whose key only the
// stack's own backend gives: by text, so that values that must be there are.
func withoutSecrets(config []byte) ([]byte, error) {
	var file map[string]any
	if err := yaml.Unmarshal(config, &file); err != nil {
		return nil, err
	}
	for _, key := range ofSecrets {
		delete(file, key)
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	if err := e.Encode(replaceSecrets(file)); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

func replaceSecrets(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if _, secret := v["secure"].(string); secret && len(v) == 1 {
			return "offline"
		}
		for key := range v {
			v[key] = replaceSecrets(v[key])
		}
	case []any:
		for i := range v {
			v[i] = replaceSecrets(v[i])
		}
	}
	return v
}
