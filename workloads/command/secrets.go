package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/command/filetree"
)

// Sizes of a secret's value, in bytes. A shorter one could not be kept out of
// output without garbling it.
const (
	MinSecretBytes = 8
	MaxSecretBytes = 16 << 10
)

// SecretVariablePrefix starts the names of the worker's variables that jobs may
// ask for: others, such as its credentials, are none of their business.
const SecretVariablePrefix = "SPOTGRID_SECRET_"

// ErrNoSecret marks errors of secrets that are not there, or not for jobs.
var ErrNoSecret = errors.New("no such secret")

// Secrets finds secrets by name. Each implementation serves the references that
// start with its scheme; a cloud's secret manager can be one.
type Secrets interface {
	// Get returns the value. The error wraps ErrNoSecret if there is none, and
	// never holds a value. It must be safe for concurrent use.
	Get(ctx context.Context, name string) ([]byte, error)
}

const schemeBytes = "abcdefghijklmnopqrstuvwxyz0123456789-"

// splitReference takes a reference apart. Only its Secrets understands the name.
// It is no regular expression, nor is secretNameBytes below: every supervisor
// would spend a millisecond on compiling them.
func splitReference(reference string) (scheme, name string, err error) {
	scheme, name, _ = strings.Cut(reference, ":")
	if !consistsOf(scheme, 1, 32, schemeBytes) || !isVisible(name) || len(name) > 512 {
		return "", "", errors.New(`is no reference, want where the worker finds it, such as "file:NAME" or "env:NAME"`)
	}
	return scheme, name, nil
}

// consistsOf reports whether s has least..most bytes, all of them allowed.
func consistsOf(s string, least, most int, allowed string) bool {
	isOther := func(r rune) bool { return !strings.ContainsRune(allowed, r) }
	return len(s) >= least && len(s) <= most && strings.IndexFunc(s, isOther) < 0
}

func isVisible(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// secretNameBytes is what names of files and variables with secrets consist of.
const secretNameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

func checkSecretName(name string) error {
	if !consistsOf(name, 1, 128, secretNameBytes) || name[0] == '.' {
		return fmt.Errorf("%w: its name is %q, want 1..128 of letters, digits, dot, underscore and hyphen, not starting with a dot", ErrNoSecret, name)
	}
	return nil
}

// FolderSecrets are the files of a folder, such as one that an orchestrator
// mounts. Links are followed within it.
type FolderSecrets struct{ root *os.Root }

var _ Secrets = FolderSecrets{}

// OpenFolderSecrets opens the folder, which must be an absolute path.
func OpenFolderSecrets(path string) (FolderSecrets, error) {
	if !filepath.IsAbs(path) {
		return FolderSecrets{}, fmt.Errorf("folder of secrets is %q, want an absolute path", path)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return FolderSecrets{}, fmt.Errorf("opening the folder of secrets: %w", err)
	}
	return FolderSecrets{root}, nil
}

// Get reads a file, without the newline that may end it.
func (f FolderSecrets) Get(_ context.Context, name string) ([]byte, error) {
	if err := checkSecretName(name); err != nil {
		return nil, err
	}
	file, _, err := filetree.OpenFile(f.root, name)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, filetree.ErrNotRegular):
		return nil, fmt.Errorf("%w: %w", ErrNoSecret, err)
	case err != nil:
		return nil, err
	}
	defer file.Close()
	value, err := io.ReadAll(io.LimitReader(file, MaxSecretBytes+2))
	if err != nil {
		return nil, err
	}
	if n := len(value); n > 0 && value[n-1] == '\n' {
		value = value[:n-1]
	}
	return value, nil
}

// EnvironmentSecrets are variables of the worker whose names start with
// SecretVariablePrefix, which references leave out.
type EnvironmentSecrets struct {
	// Lookup is os.LookupEnv, or what stands in for it.
	Lookup func(name string) (string, bool)
}

var _ Secrets = EnvironmentSecrets{}

// Get looks the variable up.
func (e EnvironmentSecrets) Get(_ context.Context, name string) ([]byte, error) {
	if err := checkSecretName(name); err != nil {
		return nil, err
	}
	value, ok := e.Lookup(SecretVariablePrefix + name)
	if !ok {
		return nil, fmt.Errorf("%w: the worker has no variable %s%s", ErrNoSecret, SecretVariablePrefix, name)
	}
	return []byte(value), nil
}

// resolve finds every secret and returns the values by variable. Faults are
// all told at once; those that no retry mends are unrunnable.
func resolve(ctx context.Context, wanted map[string]string, sources map[string]Secrets) (map[string]string, error) {
	values := make(map[string]string, len(wanted))
	var errs []error
	for _, variable := range slices.Sorted(maps.Keys(wanted)) {
		value, err := resolveOne(ctx, wanted[variable], sources)
		if err != nil {
			errs = append(errs, fmt.Errorf("finding secret %q for variable %q: %w", wanted[variable], variable, err))
			continue
		}
		values[variable] = value
	}
	err := errors.Join(errs...)
	if errors.Is(err, ErrNoSecret) {
		return nil, &UnrunnableError{err}
	}
	return values, err
}

func resolveOne(ctx context.Context, reference string, sources map[string]Secrets) (string, error) {
	scheme, name, err := splitReference(reference)
	if err != nil {
		return "", err
	}
	source, ok := sources[scheme]
	if !ok {
		return "", fmt.Errorf("%w: %s", ErrNoSecret, noSource(scheme, sources))
	}
	value, err := source.Get(ctx, name)
	if err != nil {
		return "", err
	}
	if n := len(value); n < MinSecretBytes || n > MaxSecretBytes {
		return "", fmt.Errorf("%w: its size is not in %d..%d bytes", ErrNoSecret, MinSecretBytes, MaxSecretBytes)
	}
	if strings.Contains(string(value), "\x00") {
		return "", fmt.Errorf("%w: it has a NUL byte, which no variable can hold", ErrNoSecret)
	}
	return string(value), nil
}

func noSource(scheme string, sources map[string]Secrets) string {
	if scheme == "file" {
		return "this worker has no folder of secrets, which SPOTGRID_SECRETS_DIR names"
	}
	known := slices.Sorted(maps.Keys(sources))
	if len(known) == 0 {
		return "this worker has no secrets"
	}
	return fmt.Sprintf("this worker has none of scheme %q, want one of %s", scheme, strings.Join(known, ", "))
}
