package wikijob

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// partSuffix ends the names of files that are not complete.
const partSuffix = ".part"

// output is the file that an attempt writes, beside the one that it becomes.
// Every attempt has one of its own, so that one that lost its job without
// knowing does no harm.
type output struct {
	root *os.Root
	// final is the name that the file gets when it is complete; part is the one
	// it has until then.
	final, part string
	file        *os.File
	buffer      *bufio.Writer
	bytes       int64
}

// newOutput begins the attempt's file with so many first bytes of an earlier
// attempt's. The error is fs.ErrNotExist if that is gone or too short.
func newOutput(root *os.Root, folder, id, earlier string, bytes int64) (*output, error) {
	o := &output{
		root: root, final: path.Join(folder, id+".jsonl"),
		part: path.Join(folder, "."+id+"."+rand.Text()+partSuffix),
	}
	if err := root.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("making folder %q: %w", folder, err)
	}
	var err error
	if o.file, err = root.OpenFile(o.part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err != nil {
		return nil, fmt.Errorf("writing %q: %w", o.part, err)
	}
	o.buffer = bufio.NewWriterSize(o.file, 64<<10)
	if bytes > 0 {
		err = o.takeOver(earlier, bytes)
	}
	if err == nil {
		err = syncFolder(root, folder)
	}
	if err != nil {
		o.discard()
		return nil, err
	}
	return o, nil
}

// takeOver copies what an earlier attempt is known to have written.
func (o *output) takeOver(earlier string, bytes int64) error {
	from, err := o.root.Open(earlier)
	if err != nil {
		return fmt.Errorf("taking over %q: %w", earlier, err)
	}
	defer from.Close()
	n, err := io.CopyN(o.buffer, from, bytes)
	if errors.Is(err, io.EOF) {
		err = fs.ErrNotExist
	}
	o.bytes = n
	if err != nil {
		return fmt.Errorf("taking over %q: %w", earlier, err)
	}
	return o.sync()
}

// removeOthers removes what earlier attempts at the job left. To be called when
// the checkpoint names this one's file.
func (o *output) removeOthers(id string) error {
	folder := path.Dir(o.part)
	files, err := fs.ReadDir(o.root.FS(), folder)
	if err != nil {
		return fmt.Errorf("looking into folder %q: %w", folder, err)
	}
	for _, f := range files {
		middle, isPrefixed := strings.CutPrefix(f.Name(), "."+id+".")
		middle, isPart := strings.CutSuffix(middle, partSuffix)
		name := path.Join(folder, f.Name())
		// A dot more, and it is of a job whose ID only begins like this one's.
		if isPrefixed && isPart && !strings.Contains(middle, ".") && name != o.part {
			_ = o.root.Remove(name) // one that stays is only in the way
		}
	}
	return nil
}

// add appends a line.
func (o *output) add(l Line) error {
	data, err := encodeLine(l)
	if err == nil {
		_, err = o.buffer.Write(data)
	}
	if err != nil {
		return fmt.Errorf("writing %q: %w", o.part, err)
	}
	o.bytes += int64(len(data))
	return nil
}

// sync makes what was added survive a power cut.
func (o *output) sync() error {
	err := o.buffer.Flush()
	if err == nil {
		err = o.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("writing %q: %w", o.part, err)
	}
	return nil
}

// finish gives the file its final name and returns that.
func (o *output) finish() (string, error) {
	err := o.sync()
	if err == nil {
		err = o.file.Close()
	}
	if err == nil {
		err = o.root.Rename(o.part, o.final)
	}
	if err == nil {
		err = syncFolder(o.root, path.Dir(o.final))
	}
	if err != nil {
		return "", fmt.Errorf("writing %q: %w", o.final, err)
	}
	return o.final, nil
}

// leave closes the file for another attempt to take over.
func (o *output) leave() { _ = o.file.Close() }

// discard closes and removes the file.
func (o *output) discard() {
	o.leave()
	_ = o.root.Remove(o.part)
}

func syncFolder(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
