package photojob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

// MaxFileBytes is the largest file that is read: 100 MiB, more than cameras
// write.
const MaxFileBytes = 100 << 20

// list finds the files that names and patterns mean, at most limit, each once.
// A name that exists is a name, even if it could be a pattern; one that is no
// pattern need not exist.
func list(ctx context.Context, root *os.Root, names []string, limit int) ([]string, error) {
	var files []string
	seen := map[string]bool{}
	for _, name := range names {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		matches := []string{name}
		if _, err := root.Lstat(name); err != nil && strings.ContainsAny(name, `*?[\`) {
			if matches, err = fs.Glob(root.FS(), name); err != nil {
				return nil, fmt.Errorf("looking for %q: %w", name, err)
			}
			// Files that are being written begin with a dot.
			matches = slices.DeleteFunc(matches, func(m string) bool { return strings.HasPrefix(path.Base(m), ".") })
		}
		for _, m := range matches {
			if !seen[m] {
				seen[m] = true
				files = append(files, m)
			}
		}
	}
	if len(files) == 0 || len(files) > limit {
		return nil, fmt.Errorf("%s are %d files, want 1..%d", quoteSome(names), len(files), limit)
	}
	return files, nil
}

// quoteSome shows the first few names.
func quoteSome(names []string) string {
	const few = 3
	if len(names) <= few {
		return fmt.Sprintf("%q", names)
	}
	return fmt.Sprintf("%q and %d more", names[:few], len(names)-few)
}

// errUnfit marks what is wrong with a file itself: another attempt would find
// the same.
type errUnfit struct{ error }

func (e errUnfit) Unwrap() error { return e.error }

func isUnfit(err error) bool {
	var e errUnfit
	return errors.As(err, &e)
}

// read reads a whole file of at most limit bytes. A file that is not there, may
// not be read, is none or is too large is unfit; other errors are the volume's.
func read(root *os.Root, name string, limit int64) ([]byte, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, classify(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errUnfit{fmt.Errorf("it is a %s, want a regular file", kindOf(info.Mode()))}
	}
	if info.Size() > limit {
		return nil, errUnfit{fmt.Errorf("it has %d bytes, want at most %d", info.Size(), limit)}
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, classify(err)
	}
	defer f.Close()
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return nil, errUnfit{fmt.Errorf("it became shorter while it was read: %w", err)}
	} else if err != nil {
		return nil, err
	}
	return data, nil
}

// unfit are the errors of names that lead nowhere.
var unfit = []error{
	fs.ErrNotExist, fs.ErrPermission, fs.ErrInvalid, syscall.ENOTDIR, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.EISDIR,
}

func classify(err error) error {
	if isEscape(err) || slices.ContainsFunc(unfit, func(u error) bool { return errors.Is(err, u) }) {
		return errUnfit{err}
	}
	return err
}

// isEscape reports whether os.Root refused a name that leads out of it, for
// which package os exports no error.
func isEscape(err error) bool {
	var p *fs.PathError
	return errors.As(err, &p) && strings.Contains(p.Err.Error(), "escapes from parent")
}

func kindOf(m fs.FileMode) string {
	if m.IsDir() {
		return "folder"
	}
	return "special file (" + m.Type().String() + ")"
}
