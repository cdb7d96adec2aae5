package filetree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"syscall"
)

// StagingPrefix starts the name of the folder, at the top of a destination, in
// which a copy is made before it gets its names. A copy that was killed leaves
// it behind.
const StagingPrefix = ".incoming-"

// Files and folders that are made are private: they may hold secrets.
const (
	folderMode     = 0o700
	fileMode       = 0o600
	executableMode = 0o700
)

// Options say how to copy.
type Options struct {
	// Limits are checked again while copying: files grow.
	Limits Limits
	// Overwrite files that are there. Without it they are errors, found before
	// anything is changed.
	Overwrite bool
	// Durable has every file and folder synced before Copy returns.
	Durable bool
	// Staging is the name of the folder to work in: StagingPrefix and something
	// that no other copy has.
	Staging string
	// Progress is told after each part of a file how many files are complete
	// and how many bytes were copied; nil for nobody.
	Progress func(files int, bytes int64)
}

// Total is what was copied.
type Total struct {
	Files int
	Bytes int64
}

// Copy copies files into dst. All of them are complete before the first gets
// its name, so that a copy that fails for want of space, or is cancelled,
// changes nothing; each then appears as a whole. Executable files stay so.
func Copy(ctx context.Context, src, dst *os.Root, items []Item, o Options) (total Total, err error) {
	if len(items) == 0 {
		return Total{}, nil
	}
	if err := checkTargets(dst, items, o.Overwrite); err != nil {
		return Total{}, err
	}
	if err := dst.Mkdir(o.Staging, folderMode); err != nil {
		return Total{}, err
	}
	defer func() {
		if cleanErr := dst.RemoveAll(o.Staging); cleanErr != nil {
			err = errors.Join(err, fmt.Errorf("removing %q: %w", o.Staging, cleanErr))
		}
	}()
	c := copier{ctx: ctx, src: src, dst: dst, Options: o}
	for i, item := range items {
		if err := c.stage(item, path.Join(o.Staging, strconv.Itoa(i))); err != nil {
			return Total{}, err
		}
	}
	return c.total, c.name(items)
}

// checkTargets finds every file that is in the way, and items that are in each
// other's.
func checkTargets(dst *os.Root, items []Item, overwrite bool) error {
	var errs []error
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		if err := CheckPath(item.To); err != nil {
			errs = append(errs, err)
			continue
		}
		if seen[item.To] {
			errs = append(errs, fmt.Errorf("%q would be written twice", item.To))
		}
		seen[item.To] = true
		info, err := dst.Lstat(item.To)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			errs = append(errs, err)
		case info.IsDir():
			errs = append(errs, fmt.Errorf("%q is a folder: %w", item.To, fs.ErrExist))
		case !overwrite:
			errs = append(errs, fmt.Errorf("%q: %w", item.To, fs.ErrExist))
		}
		if len(errs) >= maxErrors {
			break
		}
	}
	return errors.Join(errs...)
}

type copier struct {
	Options
	ctx      context.Context
	src, dst *os.Root
	total    Total
}

// stage makes the copy under a name of its own.
func (c *copier) stage(item Item, temp string) error {
	from, info, err := OpenFile(c.src, item.From)
	if err != nil {
		return err
	}
	defer from.Close()
	mode := fs.FileMode(fileMode)
	if info.Mode()&0o100 != 0 {
		mode = executableMode
	}
	to, err := c.dst.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	// One byte more than allowed shows that a file has grown.
	_, err = io.Copy(struct{ io.Writer }{to}, io.LimitReader(reader{c, from}, c.Limits.Bytes-c.total.Bytes+1))
	if err == nil && c.total.Bytes > c.Limits.Bytes {
		err = fmt.Errorf("%q has grown, %w: want at most %d bytes in all", item.From, ErrTooMuch, c.Limits.Bytes)
	}
	if err == nil && c.Durable {
		err = to.Sync()
	}
	// Close matters: NFS reports a full disk there at the latest.
	if err := errors.Join(err, to.Close()); err != nil {
		return fmt.Errorf("copying %q: %w", item.From, err)
	}
	c.total.Files++
	c.tell()
	return nil
}

func (c *copier) tell() {
	if c.Progress != nil {
		c.Progress(c.total.Files, c.total.Bytes)
	}
}

// reader reads for a copier until its context ends.
type reader struct {
	c    *copier
	from io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if r.c.ctx.Err() != nil {
		return 0, context.Cause(r.c.ctx)
	}
	n, err := r.from.Read(p)
	r.c.total.Bytes += int64(n)
	r.c.tell()
	return n, err
}

// name gives the copies their names.
func (c *copier) name(items []Item) error {
	folders := map[string]bool{".": true}
	for i, item := range items {
		folder := path.Dir(item.To)
		if !folders[folder] {
			if err := c.dst.MkdirAll(folder, folderMode); err != nil {
				return err
			}
		}
		for f := folder; !folders[f]; f = path.Dir(f) {
			folders[f] = true
		}
		if err := c.nameOne(path.Join(c.Staging, strconv.Itoa(i)), item.To); err != nil {
			return err
		}
	}
	if !c.Durable {
		return nil
	}
	return c.syncFolders(folders)
}

// nameOne links rather than renames where nothing must be replaced: a rename
// would replace what has come since it was looked for.
func (c *copier) nameOne(temp, to string) error {
	if c.Overwrite {
		return c.dst.Rename(temp, to)
	}
	err := c.dst.Link(temp, to)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported) {
		return c.dst.Rename(temp, to) // a file system without links
	}
	return err
}

// syncFolders makes the names survive a power cut, from the bottom up.
func (c *copier) syncFolders(folders map[string]bool) error {
	names := make([]string, 0, len(folders))
	for f := range folders {
		names = append(names, f)
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	for _, f := range names {
		dir, err := c.dst.Open(f)
		if err != nil {
			return err
		}
		if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
			return fmt.Errorf("syncing folder %q: %w", f, err)
		}
	}
	return nil
}
