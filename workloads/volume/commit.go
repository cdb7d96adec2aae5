package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// tempPrefix starts the names of temporary files. IDs cannot start with a dot.
const tempPrefix = ".tmp-"

// commitOnce makes the file name in folder hold data, unless it exists, and
// reports whether it was this call that made it. When it returns without an
// error the file is durable, whoever made it.
//
// It links a complete temporary file to its name. A rename would silently
// replace the file of another worker, and a file opened with O_EXCL would be
// seen half-written. Link is atomic on NFS too, but its answer is not: when
// the reply is lost and the client asks again, the server says "exists" of
// the link it has just made. The temporary file's link count tells the truth.
func (v *Volume) commitOnce(folder, name string, data []byte) (bool, error) {
	temp, err := v.writeTemp(folder, data, true)
	if err != nil {
		return false, err
	}
	first := true
	if err := link(temp, filepath.Join(folder, name), 1); errors.Is(err, fs.ErrExist) {
		first = false
	} else if err != nil {
		return false, errors.Join(err, os.Remove(temp))
	}
	// One sync covers both names. A temporary file that stays is harmless and
	// left to Sweep. The loser syncs too: the winner may have died before.
	_ = os.Remove(temp)
	return first, syncFolder(folder)
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

// replace makes the file name in folder hold data, whatever it held before.
// Readers see the old content or the new, never a part.
func (v *Volume) replace(folder, name string, data []byte, durable bool) error {
	temp, err := v.writeTemp(folder, data, durable)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, filepath.Join(folder, name)); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if !durable {
		return nil
	}
	return syncFolder(folder)
}

// writeTemp writes a temporary file in folder and removes it if it fails.
func (v *Volume) writeTemp(folder string, data []byte, durable bool) (string, error) {
	temp := v.tempName(folder)
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil && durable {
		err = f.Sync()
	}
	// Close matters: NFS reports a full disk there at the latest.
	if err := errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(temp))
	}
	return temp, nil
}

// inFolder runs write in the folder that the names lead to. A folder that was
// remembered may have been deleted since: then it is made anew, once.
func (v *Volume) inFolder(write func(folder string) error, names ...string) error {
	for again := true; ; again = false {
		folder, err := v.ensure(names...)
		if err == nil {
			err = write(folder)
		}
		if err == nil {
			return nil
		}
		if !again || !errors.Is(err, fs.ErrNotExist) {
			return classify(err)
		}
		v.forget()
		if err := checkMarker(v.root); err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
}
