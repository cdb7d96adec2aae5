package volume

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// tempPrefix starts the names of temporary files. IDs cannot start with a dot.
const tempPrefix = ".tmp-"

// commitOnce makes the file name in dir hold data, unless it exists, and reports
// whether it was this call that made it. When it returns without an error the
// file is durable, whoever made it.
//
// It links a complete temporary file to its name. A rename would silently
// replace the file of another worker, and a file opened with O_EXCL would be
// seen half-written. Link is atomic on NFS too, but its answer is not: when
// the reply is lost and the client asks again, the server says "exists" of
// the link it has just made. The temporary file's link count tells the truth.
func (f *folder) commitOnce(dir, name string, data []byte) (bool, error) {
	temp, err := f.writeTemp(dir, data, isDurable)
	if err != nil {
		return false, err
	}
	first := true
	if err := link(temp, filepath.Join(dir, name), 1); errors.Is(err, fs.ErrExist) {
		first = false
	} else if err != nil {
		return false, errors.Join(err, os.Remove(temp))
	}
	// One sync covers both names. A temporary file that stays is harmless and
	// left to Sweep. The loser syncs too: the winner may have died before.
	_ = os.Remove(temp)
	return first, syncFolder(dir)
}

// link is os.Link, with the answer corrected by the link count: names is how
// many temp had before.
func link(temp, final string, names uint64) error {
	err := os.Link(temp, final)
	if err == nil {
		return nil
	}
	if info, statErr := os.Lstat(temp); statErr == nil {
		if s, ok := info.Sys().(*syscall.Stat_t); ok && uint64(s.Nlink) == names+1 {
			return nil
		}
	}
	return err
}

// replaceIn makes the file name in dir hold data, whatever it held before.
func (f *folder) replaceIn(dir, name string, data []byte, d durability) error {
	temp, err := f.writeTemp(dir, data, d)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, filepath.Join(dir, name)); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if d == isVisible {
		return nil
	}
	return syncFolder(dir)
}

// writeTemp writes a temporary file in dir and removes it if it fails.
func (f *folder) writeTemp(dir string, data []byte, d durability) (string, error) {
	temp := f.tempName(dir)
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return "", err
	}
	_, err = file.Write(data)
	if err == nil && d == isDurable {
		err = file.Sync()
	}
	// Close matters: NFS reports a full disk there at the latest.
	if err := errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(temp))
	}
	return temp, nil
}
