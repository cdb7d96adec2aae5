package volume

import (
	"errors"
	"fmt"
	"os"
)

// ErrNoFiles: the volume has no folder of users' files.
var ErrNoFiles = errors.New("the volume is on object storage and has no folder of users' files: give the worker one")

// WithFiles is the same volume, with users' files in the folder that a URL such as
// file:///mnt/files names. It looks at no folder.
func (v *Volume) WithFiles(rawURL string) (*Volume, error) {
	path, err := PathOf(rawURL)
	if err != nil {
		return nil, err
	}
	with := *v
	with.files = path
	return &with, nil
}

// Files opens the folder of users' files, which no name given to it leaves, not
// by way of symbolic links either. The caller closes it. The error is ErrNoFiles
// where there is no such folder to be.
func (v *Volume) Files() (*os.Root, error) {
	if v.files == "" {
		return nil, ErrNoFiles
	}
	root, err := os.OpenRoot(v.files)
	if err != nil {
		return nil, fmt.Errorf("opening the volume's files: %w", classify(err))
	}
	return root, nil
}
