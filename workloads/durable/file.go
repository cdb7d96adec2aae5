// Package durable writes files that a crash cannot tear.
package durable

import (
	"fmt"
	"os"
	"path/filepath"
)

// ReplaceFile makes path hold b, readable by its owner only. Whoever reads it,
// after a crash too, finds the old content or the new one, whole.
func ReplaceFile(path string, b []byte) error {
	if err := replace(path, b); err != nil {
		return fmt.Errorf("writing %q: %w", path, err)
	}
	return nil
}

func replace(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails, as it should, once renamed
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename in the folder survive a power cut.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
