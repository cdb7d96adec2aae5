package volume

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Files are private: job outputs may hold secrets.
const (
	folderMode = 0o700
	fileMode   = 0o600
)

// folder is a store on a shared folder. It does not look at contexts: the calls
// of a file system cannot be ended.
type folder struct {
	root string
	// temp starts the names of this process's temporary files, which no other
	// process on any machine shares.
	temp   string
	serial atomic.Uint64
	// known are the folders made or seen by this process, relative to root.
	known sync.Map
	// syncsWhole: many folders are synced with their whole file system.
	syncsWhole bool
}

var _ store = (*folder)(nil)

func openFolder(root string) (*folder, error) {
	if err := checkMarker(root); err != nil {
		return nil, err
	}
	whole, err := syncsWhole(root)
	if err != nil {
		return nil, classify(err)
	}
	return &folder{root: root, temp: tempPrefix + rand.Text(), syncsWhole: whole}, nil
}

func (f *folder) path(key string) string { return filepath.Join(f.root, filepath.FromSlash(key)) }

func (f *folder) putOnce(_ context.Context, key string, data []byte) (first bool, err error) {
	err = f.inFolder(path.Dir(key), func(dir string) (err error) {
		first, err = f.commitOnce(dir, path.Base(key), data)
		return err
	})
	return first, err
}

func (f *folder) replace(_ context.Context, key string, data []byte, d durability) error {
	return f.inFolder(path.Dir(key), func(dir string) error {
		return f.replaceIn(dir, path.Base(key), data, d)
	})
}

func (f *folder) get(_ context.Context, key string) ([]byte, error) { return os.ReadFile(f.path(key)) }

func (f *folder) open(_ context.Context, key string) (io.ReadCloser, error) {
	return os.Open(f.path(key))
}

// has syncs the file's folder for isDurable: whoever made the file may have died
// between giving it its name and syncing that.
func (f *folder) has(_ context.Context, key string, d durability) (bool, error) {
	name := f.path(key)
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, classify(err)
	}
	if d == isDurable {
		return true, classify(syncFolder(filepath.Dir(name)))
	}
	return true, nil
}

func (f *folder) list(_ context.Context, below string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) { f.walk(below, yield) }
}

// walk yields the files below a folder, and false when yield wants no more.
func (f *folder) walk(below string, yield func(string, error) bool) bool {
	entries, err := os.ReadDir(f.path(below))
	if err != nil && !yield("", classify(err)) {
		return false
	}
	for _, e := range entries {
		key := path.Join(below, e.Name())
		switch {
		case e.IsDir():
			if !f.walk(key, yield) {
				return false
			}
		case strings.HasPrefix(e.Name(), tempPrefix):
		case !yield(key, nil):
			return false
		}
	}
	return true
}

func (f *folder) remove(_ context.Context, key string) error {
	if err := os.Remove(f.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return classify(err)
	}
	return nil
}

func (f *folder) removeBelow(_ context.Context, below string) error {
	return classify(os.RemoveAll(f.path(below)))
}

// probe writes, syncs and removes a small file.
func (f *folder) probe(context.Context) error {
	if err := checkMarker(f.root); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	// A block, so that a full disk that still has room for names is seen.
	temp, err := f.writeTemp(f.path(workersFolder), make([]byte, 4096), isDurable)
	if err != nil {
		return classify(err)
	}
	return os.Remove(temp)
}

// readsAtOnce: a disk gains nothing from several at a time.
func (f *folder) readsAtOnce() int { return 1 }

// inFolder runs write in a folder. One that was remembered may have been deleted
// since: then it is made anew, once.
func (f *folder) inFolder(key string, write func(dir string) error) error {
	for again := true; ; again = false {
		dir, err := f.ensure(key)
		if err == nil {
			err = write(dir)
		}
		if err == nil {
			return nil
		}
		if !again || !errors.Is(err, fs.ErrNotExist) {
			return classify(err)
		}
		f.known.Clear()
		if err := checkMarker(f.root); err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
}

// ensure makes a folder below the root and returns its path. It makes no folder
// at the top: where that is missing the volume is not mounted, and making it would
// fill the disk under the mount point.
func (f *folder) ensure(key string) (string, error) {
	dir := f.path(key)
	if _, ok := f.known.Load(key); ok {
		return dir, nil
	}
	if path.Dir(key) == "." {
		return dir, nil
	}
	if _, err := f.ensure(path.Dir(key)); err != nil {
		return "", err
	}
	return dir, f.makeFolder(key)
}

// makeFolder makes one folder. It syncs the parent even if the folder was
// there: whoever made it may not have come so far.
func (f *folder) makeFolder(key string) error {
	if err := os.Mkdir(f.path(key), folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	parent := path.Dir(key)
	if !strings.HasPrefix(key, logsFolder+"/") { // logs need not be durable
		if err := syncFolder(f.path(parent)); err != nil {
			return err
		}
	}
	// Only shards are remembered: folders of jobs would fill the memory.
	if path.Dir(parent) == "." {
		f.known.Store(key, struct{}{})
	}
	return nil
}

// tempName is a name in dir that nobody else uses.
func (f *folder) tempName(dir string) string {
	return filepath.Join(dir, f.temp+"-"+strconv.FormatUint(f.serial.Add(1), 36))
}
