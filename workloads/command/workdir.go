package command

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// workDir is where a program runs.
type workDir struct {
	path      string
	temporary bool
}

// newWorkDir checks the directory asked for, or makes a fresh one.
func newWorkDir(path, parent string) (workDir, error) {
	if path == "" {
		made, err := os.MkdirTemp(parent, "spotgrid-command-")
		if err != nil {
			return workDir{}, fmt.Errorf("making a working directory: %w", err)
		}
		return workDir{path: made, temporary: true}, nil
	}
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return workDir{}, classifyStart(fmt.Errorf("entering directory %q: %w", path, err))
	}
	return workDir{path: path}, nil
}

// remove deletes a temporary directory, also one with folders the program
// wrote-protected, as Go does with its module cache.
func (d workDir) remove() error {
	if !d.temporary || os.RemoveAll(d.path) == nil {
		return nil
	}
	_ = filepath.WalkDir(d.path, func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(d.path)
}
