// Package release makes of what was built one file that is known by its digest,
// and takes it apart again. All stacks get the same bytes: a release is built
// once and promoted.
package release

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Limits of a release that is unpacked.
const (
	maxFiles = 1_000
	maxBytes = 4 << 30 // of all files together
)

// Digest names a release: sha256: and 64 hexadecimal digits.
type Digest string

var digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// ParseDigest checks a digest.
func ParseDigest(s string) (Digest, error) {
	if !digestPattern.MatchString(s) {
		return "", fmt.Errorf("digest is %.80q, want sha256: and 64 hexadecimal digits", s)
	}
	return Digest(s), nil
}

// Hex is the digest without its algorithm, as names of artifacts hold no colon.
func (d Digest) Hex() string { return strings.TrimPrefix(string(d), "sha256:") }

// File computes the digest of a file.
func File(name string) (Digest, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("reading the release: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("reading the release %q: %w", name, err)
	}
	return Digest("sha256:" + hex.EncodeToString(h.Sum(nil))), nil
}

// Pack writes the files below folder that are named, with slashes, into one tar.
// The same files give the same bytes: they are sorted, and have no time and no
// owner. Only files and their permission to be run are kept.
func Pack(w io.Writer, folder string, names []string) error {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	t := tar.NewWriter(w)
	for _, name := range names {
		if err := pack(t, folder, name); err != nil {
			return fmt.Errorf("packing %q: %w", name, err)
		}
	}
	if err := t.Close(); err != nil {
		return fmt.Errorf("packing the release: %w", err)
	}
	return nil
}

func pack(t *tar.Writer, folder, name string) error {
	if !fs.ValidPath(name) {
		return errors.New("want a path below the folder, with slashes")
	}
	f, err := os.Open(filepath.Join(folder, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a file")
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: info.Size(), Mode: mode(info.Mode()), Format: tar.FormatPAX}
	if err := t.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}

func mode(m fs.FileMode) int64 {
	if m&0o111 != 0 {
		return 0o755
	}
	return 0o644
}

// Unpack puts the files of a release into the folder, over what is there: each
// file is replaced as a whole, since a program that runs cannot be written to.
// Nothing leaves the folder.
func Unpack(r io.Reader, folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return fmt.Errorf("unpacking the release: %w", err)
	}
	defer root.Close()
	t := tar.NewReader(r)
	var total int64
	for files := 0; ; files++ {
		h, err := t.Next()
		if err == io.EOF {
			if files == 0 {
				return errors.New("unpacking the release: it is empty")
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("unpacking the release: %w", err)
		}
		total += h.Size
		if err := fits(h, files, total); err != nil {
			return fmt.Errorf("unpacking %q: %w", h.Name, err)
		}
		if err := unpack(root, h, t); err != nil {
			return fmt.Errorf("unpacking %q: %w", h.Name, err)
		}
	}
}

func fits(h *tar.Header, files int, total int64) error {
	switch {
	case h.Typeflag != tar.TypeReg:
		return errors.New("not a file")
	case !fs.ValidPath(h.Name):
		return errors.New("the path leads elsewhere")
	case files >= maxFiles:
		return fmt.Errorf("more than %d files", maxFiles)
	case total > maxBytes:
		return fmt.Errorf("more than %d bytes", int64(maxBytes))
	}
	return nil
}

func unpack(root *os.Root, h *tar.Header, r io.Reader) error {
	if err := root.MkdirAll(path.Dir(h.Name), 0o755); err != nil {
		return err
	}
	fresh := h.Name + ".new"
	f, err := root.OpenFile(fresh, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, fs.FileMode(mode(fs.FileMode(h.Mode))))
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, root.Remove(fresh))
	}
	return root.Rename(fresh, h.Name)
}
