package volume

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// sweep removes temporary files, which workers that were killed in mid-commit
// left.
func (f *folder) sweep(before time.Time) (removed int, err error) {
	var errs []error
	err = filepath.WalkDir(f.root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // removed since it was listed
			return nil
		case err != nil:
			errs = append(errs, err)
			return nil
		case e.IsDir() && path == f.path(logsFolder): // holds no temporary files
			return fs.SkipDir
		case e.IsDir() && path == f.path(filesFolder): // what users name like one is theirs
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
	return removed, errors.Join(append(errs, err)...)
}
