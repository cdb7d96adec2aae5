package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/durable"
)

// folders are those at the top of a volume.
var folders = []string{batchesFolder, resultsFolder, attemptsFolder, logsFolder, deadFolder, workersFolder, checkpointsFolder, filesFolder}

// Init makes the folder path, which must be absolute, a volume. It makes
// missing parents, and does nothing to a volume that is complete. It refuses
// a symbolic link and a folder that holds something else. Several machines may
// do it at once.
func Init(path string) error {
	if err := initialise(path); err != nil {
		return fmt.Errorf("making volume %q: %w", path, err)
	}
	return nil
}

func initialise(path string) error {
	if err := checkPath(path); err != nil {
		return err
	}
	if err := os.MkdirAll(path, folderMode); err != nil {
		return classify(err)
	}
	complete := true
	if err := checkMarker(path); errors.Is(err, fs.ErrNotExist) {
		complete = false
	} else if err != nil {
		return err
	}
	if !complete {
		if err := errors.Join(checkEmpty(path), os.Chmod(path, folderMode)); err != nil {
			// Another machine may have completed it in between.
			if checkMarker(path) == nil {
				return nil
			}
			return err
		}
	}
	for _, folder := range folders {
		if err := os.Mkdir(filepath.Join(path, folder), folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
			return classify(err)
		}
	}
	if complete {
		return nil
	}
	// The marker comes last, so that a volume that has one is complete.
	if err := writeMarker(path); err != nil {
		return classify(err)
	}
	return nil
}

func writeMarker(path string) error {
	if err := durable.ReplaceFile(filepath.Join(path, marker), []byte(markerText)); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// Purge deletes a volume and all that is in it. It refuses a folder without
// the marker and follows no symbolic link. A folder that is not there is nil.
func Purge(path string) error {
	if err := purge(path); err != nil {
		return fmt.Errorf("purging volume %q: %w", path, err)
	}
	return nil
}

func purge(path string) error {
	if err := checkPath(path); err != nil {
		return err
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := checkMarker(path); err != nil {
		return err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		// The marker goes last, so that an interrupted purge can be repeated.
		if e.Name() != marker {
			errs = append(errs, os.RemoveAll(filepath.Join(path, e.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return os.RemoveAll(path)
}

// checkPath refuses a relative path and a symbolic link.
func checkPath(path string) error {
	if !filepath.IsAbs(path) {
		return errors.New("path is relative, want an absolute one")
	}
	if filepath.Clean(path) == "/" {
		return errors.New("path is the root folder, want a folder of its own")
	}
	info, err := os.Lstat(filepath.Clean(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return errors.New("path is a symbolic link, want the folder it leads to")
	case !info.IsDir():
		return errors.New("path is not a folder")
	}
	return nil
}

// checkEmpty refuses a folder in use. What an interrupted Init left is not.
func checkEmpty(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "."+marker) { // a marker half-written

			continue
		}
		if slices.Contains(folders, e.Name()) {
			if inside, err := os.ReadDir(filepath.Join(path, e.Name())); err == nil && len(inside) == 0 {
				continue
			}
		}
		return fmt.Errorf("the folder is not empty (it holds %q) and is no volume, want an empty or a new folder", e.Name())
	}
	return nil
}

// checkMarker tells whether path is a volume of this version.
func checkMarker(path string) error {
	name := filepath.Join(path, marker)
	info, err := os.Lstat(name)
	if err != nil {
		return fmt.Errorf("the folder is no volume, or the share is not mounted there: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("the marker %s is not a regular file", marker)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return checkMarkerText(text)
}
