package photojob

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sync"
)

// output writes files below a folder of the volume. It is safe for concurrent
// use.
type output struct {
	root   *os.Root
	folder string

	mu    sync.Mutex
	dirty map[string]bool // folders that a power cut could take names from
}

func newOutput(root *os.Root, folder string) *output {
	return &output{root: root, folder: folder, dirty: map[string]bool{}}
}

// put writes data to the name below the folder, whole or not at all, and
// returns the name below the volume's files. After settle it is durable.
func (o *output) put(name string, data []byte) (string, error) {
	name = path.Join(o.folder, name)
	if err := o.replace(name, data); err != nil {
		return "", fmt.Errorf("writing %q: %w", name, err)
	}
	return name, nil
}

func (o *output) replace(name string, data []byte) error {
	dir := path.Dir(name)
	if err := o.root.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	// Two attempts may write the same file at the same time.
	temporary := path.Join(dir, "."+rand.Text()+".tmp")
	f, err := o.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = o.root.Rename(temporary, name)
	}
	if err != nil {
		_ = o.root.Remove(temporary) // what went wrong is in err
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dirty[dir] = true
	return nil
}

// settle makes what was put survive a power cut.
func (o *output) settle() error {
	o.mu.Lock()
	dirty := o.dirty
	o.dirty = map[string]bool{}
	o.mu.Unlock()
	for dir := range dirty {
		if err := syncFolder(o.root, dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("syncing folder %q: %w", dir, err)
		}
	}
	return nil
}

func syncFolder(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
