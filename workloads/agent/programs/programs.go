// Package programs keeps copies of binaries under their hash, so that what
// runs is what was declared, whatever is rebuilt meanwhile.
package programs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Folder holds the copies.
type Folder string

// Path is where the copy with that hash lies.
func (f Folder) Path(hash string) string { return filepath.Join(string(f), hash) }

// Hash reads a file's SHA-256, in hex.
func Hash(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("hashing program: %w", err)
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", fmt.Errorf("hashing program %q: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Add copies the program at path, which must have that hash, unless the copy
// is there.
func (f Folder) Add(path, hash string) error {
	if _, err := os.Stat(f.Path(hash)); err == nil {
		return nil
	}
	if err := f.copy(path, hash); err != nil {
		return fmt.Errorf("copying program %q: %w", path, err)
	}
	return nil
}

func (f Folder) copy(path, hash string) error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	// A child that is forked now would inherit the open copy for a moment, and
	// the copy could not be run meanwhile ("text file busy").
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	out, err := os.CreateTemp(string(f), ".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, h), in)
	if err == nil {
		err = out.Sync()
	}
	if err == nil {
		err = out.Chmod(0o700)
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != hash {
		return fmt.Errorf("its hash is %s, but %s was declared: it changed since; run `pulumi up` again", got, hash)
	}
	return os.Rename(out.Name(), f.Path(hash))
}

// Keep deletes the copies whose hash is not in use. A running program does not
// mind.
func (f Folder) Keep(used map[string]bool) error {
	entries, err := os.ReadDir(string(f))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cleaning programs: %w", err)
	}
	for _, e := range entries {
		if !used[e.Name()] {
			if err := os.Remove(filepath.Join(string(f), e.Name())); err != nil {
				return fmt.Errorf("cleaning programs: %w", err)
			}
		}
	}
	return nil
}
