package volume

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
)

// maxGroupBytes keeps short what a reader of one result has to read. A larger
// result has a file of its own.
const maxGroupBytes = 256 << 10

// commit makes files in groups that share what has to be synced: a disk syncs a
// few hundred times a second. Up to MaxGroup of them, one a line, are written to
// a temporary file and synced once; then the file is linked to each name. The
// link claims the name, each for itself: one that fails leaves the others. At
// last the folders of the names are synced. A file with many names takes the
// room of its lines until the last of the names is gone.
func (f *folder) commit(_ context.Context, entries []*entry) {
	for len(entries) > 0 {
		n := groupLength(entries)
		f.commitGroup(entries[:n])
		entries = entries[n:]
	}
}

// groupLength is how many of the entries fit in one file, at least one.
func groupLength(entries []*entry) int {
	size := 0
	for i, e := range entries {
		size += len(e.data) + 1
		if i == MaxGroup || i > 0 && size > maxGroupBytes {
			return i
		}
	}
	return len(entries)
}

func (f *folder) commitGroup(entries []*entry) {
	err := f.inFolder(resultsFolder, func(dir string) error {
		for _, e := range entries {
			if _, err := f.ensure(path.Dir(e.key)); err != nil {
				return err
			}
		}
		if err := f.claim(dir, entries); err != nil {
			return err
		}
		return f.syncFolders(f.foldersOf(entries))
	})
	for _, e := range entries {
		if e.Err == nil {
			e.Err = err
		}
	}
}

// claim links a file of all lines to the names that are not settled. The error
// is about all of them, or fs.ErrNotExist when a folder vanished: then it can
// be called again.
func (f *folder) claim(dir string, entries []*entry) error {
	var lines bytes.Buffer
	for _, e := range entries {
		lines.Write(e.data)
		lines.WriteByte('\n')
	}
	temp, err := f.writeTemp(dir, lines.Bytes(), isDurable)
	if err != nil {
		return err
	}
	// One that stays is harmless and left to Sweep.
	defer os.Remove(temp)
	names := uint64(1)
	for _, e := range entries {
		if e.isSettled {
			continue
		}
		err := link(temp, f.path(e.key), names)
		switch {
		case err == nil:
			names++
			e.First = true
		case errors.Is(err, fs.ErrExist):
		case errors.Is(err, fs.ErrNotExist):
			return err
		default:
			e.Err = classify(err)
		}
		e.isSettled = true
	}
	return nil
}

// foldersOf are the folders to sync, each once. That of a name that was taken is
// one of them: whoever took it may have died before the sync.
func (f *folder) foldersOf(entries []*entry) []string {
	folders := make([]string, 0, len(entries))
	for _, e := range entries {
		if e.Err == nil {
			folders = append(folders, path.Dir(f.path(e.key)))
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}
