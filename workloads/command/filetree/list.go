// Package filetree copies files and folders from one folder to another: whole
// or not at all, within bounds, and never out of either. Both folders are
// os.Roots, so that no path and no symbolic link leads out of them. Only
// regular files and folders are copied: what else there is, is refused.
package filetree

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"syscall"
)

// Limits bound what is copied at a time. Zero means none of it.
type Limits struct {
	// Files is the most files, and also the most entries that are looked at for
	// each of them, so that a folder of millions is not searched for ever.
	Files int
	// Bytes is the most bytes of all files together.
	Bytes int64
}

// entriesPerFile is how many entries may be looked at for each file allowed.
const entriesPerFile = 100

// ErrTooMuch marks errors of copies that exceed their Limits.
var ErrTooMuch = errors.New("more than allowed")

// ErrNotRegular marks errors of what is neither a regular file nor a folder.
var ErrNotRegular = errors.New("neither a regular file nor a folder")

// Item is one file to copy: slash-separated paths, relative to the folders.
type Item struct {
	From, To string
	// Bytes it had when it was listed.
	Bytes int64
}

// CheckPath refuses what is not a relative path below a folder.
func CheckPath(p string) error {
	if p == "" || len(p) > 4096 || !filepath.IsLocal(p) || slices.Contains([]byte(p), 0) {
		return fmt.Errorf("%q, want a relative path that stays in its folder", p)
	}
	return nil
}

// List finds the files at from in src: that file, or all below that folder,
// which will be at or below to. Errors name what cannot be copied, all of it.
func List(src *os.Root, from, to string, l Limits) ([]Item, error) {
	if err := CheckPath(from); err != nil {
		return nil, err
	}
	s := lister{src: src, limits: l, enter: func(string) bool { return true }}
	s.take = func(name string) (string, bool) {
		if below, err := filepath.Rel(from, name); err == nil {
			return path.Join(to, filepath.ToSlash(below)), true
		}
		return "", false
	}
	info, err := src.Stat(from) // a link is followed, as far as src
	if err != nil {
		return nil, err
	}
	s.visit(path.Clean(from), info)
	return s.items, errors.Join(s.errs...)
}

// Match finds the files in src that one of the patterns names: those of
// path.Match, where a star stays within a name. A folder that matches is meant
// with all below it. Every file has the same path in the destination, below to.
// A pattern that nothing matches is an error.
func Match(src *os.Root, patterns []string, to string, l Limits) ([]Item, error) {
	m := matcher{patterns: patterns, matched: make([]bool, len(patterns))}
	s := lister{src: src, limits: l, enter: m.leads, take: func(name string) (string, bool) {
		return path.Join(to, name), m.matches(name)
	}}
	info, err := src.Lstat(".")
	if err != nil {
		return nil, err
	}
	s.visit(".", info)
	for i, found := range m.matched {
		if !found {
			s.errs = append(s.errs, fmt.Errorf("%q matches no file: %w", patterns[i], fs.ErrNotExist))
		}
	}
	return s.items, errors.Join(s.errs...)
}

// lister walks a folder.
type lister struct {
	src    *os.Root
	limits Limits
	// enter says whether to look into a folder, take whether a file is wanted
	// and where it goes.
	enter func(name string) bool
	take  func(name string) (to string, ok bool)

	items   []Item
	bytes   int64
	entries int
	full    bool
	errs    []error
}

// maxErrors bounds how many faults are told at a time.
const maxErrors = 20

func (s *lister) fail(err error) {
	if len(s.errs) < maxErrors {
		s.errs = append(s.errs, err)
	}
}

func (s *lister) visit(name string, info fs.FileInfo) {
	if s.full {
		return
	}
	if info.IsDir() {
		if s.enter(name) {
			s.visitFolder(name)
		}
		return
	}
	to, ok := s.take(name)
	switch {
	case !ok:
	case !info.Mode().IsRegular():
		s.fail(fmt.Errorf("%q is %s: %w", name, describe(info.Mode()), ErrNotRegular))
	case len(s.items) >= s.limits.Files:
		s.stop(fmt.Errorf("%d files and more, %w: want at most %d", len(s.items)+1, ErrTooMuch, s.limits.Files))
	case s.bytes+info.Size() > s.limits.Bytes:
		s.stop(fmt.Errorf("%d bytes and more, %w: want at most %d", s.bytes+info.Size(), ErrTooMuch, s.limits.Bytes))
	default:
		s.bytes += info.Size()
		s.items = append(s.items, Item{From: name, To: to, Bytes: info.Size()})
	}
}

func (s *lister) stop(err error) {
	s.full = true
	s.errs = append(s.errs, err)
}

// visitFolder reads a folder a part at a time: it may be as large as whoever
// filled it liked.
func (s *lister) visitFolder(name string) {
	dir, err := s.src.Open(name)
	if err != nil {
		s.fail(err)
		return
	}
	defer dir.Close()
	for !s.full {
		entries, err := dir.ReadDir(256)
		for _, e := range entries {
			if s.entries++; s.entries > s.limits.Files*entriesPerFile+entriesPerFile {
				s.stop(fmt.Errorf("%d entries and more to look at, %w", s.entries, ErrTooMuch))
				return
			}
			below := path.Join(name, e.Name())
			info, err := s.src.Lstat(below)
			if err != nil {
				s.fail(err)
				continue
			}
			s.visit(below, info)
		}
		if err != nil {
			if err != io.EOF {
				s.fail(err)
			}
			return
		}
	}
}

func describe(m fs.FileMode) string {
	switch {
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return m.Type().String()
}

// OpenFile opens a regular file for reading. It neither follows the name out
// of root nor waits for the other end of a named pipe.
func OpenFile(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%q is %s: %w", name, describe(info.Mode()), ErrNotRegular)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}
