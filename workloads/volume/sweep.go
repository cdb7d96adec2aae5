package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Sweep removes the temporary files last written before a time, which workers
// that were killed in mid-commit left, and returns how many. Leave an hour or
// more of margin: on NFS the time is the server's, and a commit that loses
// its temporary file fails and is repeated.
func (v *Volume) Sweep(before time.Time) (removed int, err error) {
	var errs []error
	err = filepath.WalkDir(v.root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // removed since it was listed
			return nil
		case err != nil:
			errs = append(errs, err)
			return nil
		case e.IsDir() && path == filepath.Join(v.root, logsFolder): // holds no temporary files
			return fs.SkipDir
		case e.IsDir() && path == filepath.Join(v.root, filesFolder): // what users name like one is theirs
			return fs.SkipDir
		case !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), tempPrefix):
			return nil
		}
		if info, err := e.Info(); err != nil || !info.ModTime().Before(before) {
			return nil
		}
		if err := os.Remove(path); err == nil {
			removed++
		} else if !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		return nil
	})
	if err := errors.Join(append(errs, err)...); err != nil {
		return removed, fmt.Errorf("sweeping volume: %w", err)
	}
	return removed, nil
}
