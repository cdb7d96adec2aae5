package artifact

import (
	"archive/zip"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

const (
	// zipEntry is what Lambda starts in a package of its OS-only runtimes.
	// Source: https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html
	zipEntry = "bootstrap"
	// zipMode lets everybody read and run the program: Lambda runs it as a user
	// of its own choice.
	zipMode = 0o755
	// zipLevel is written out because a default may change between releases of
	// Go, and with it every package.
	zipLevel = 6
)

// zipTime is the earliest that a zip file can name.
var zipTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Zip packs a program for Lambda: a zip file with the program as "bootstrap"
// and nothing of when, where and by whom it was packed, so that one program
// gives one package. The package lies in the folder, which is made if need be,
// under its own hash; it is there whole or not at all. A program whose content
// is not the one it was opened with is refused.
func Zip(p Program, folder string) (Program, error) {
	packed, err := packIn(p, folder)
	if err != nil {
		return Program{}, fmt.Errorf("packing program %q: %w", p.Path, err)
	}
	return packed, nil
}

func packIn(p Program, folder string) (Program, error) {
	abs, err := filepath.Abs(folder)
	if err != nil {
		return Program{}, err
	}
	if err := os.MkdirAll(abs, 0o755); err != nil {
		return Program{}, err
	}
	f, err := os.CreateTemp(abs, ".package-*")
	if err != nil {
		return Program{}, err
	}
	defer os.Remove(f.Name()) // does nothing once it is renamed
	defer f.Close()
	h := sha256.New()
	if err := pack(p, io.MultiWriter(f, h)); err != nil {
		return Program{}, err
	}
	if err := f.Close(); err != nil {
		return Program{}, err
	}
	sum := hex.EncodeToString(h.Sum(nil))
	path := filepath.Join(abs, sum+".zip")
	if err := os.Rename(f.Name(), path); err != nil {
		return Program{}, err
	}
	return Program{Path: path, SHA256: sum}, nil
}

// pack writes the program as a zip file.
func pack(p Program, w io.Writer) error {
	f, err := os.Open(p.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, zipLevel) })
	header := &zip.FileHeader{Name: zipEntry, Method: zip.Deflate, Modified: zipTime}
	header.SetMode(zipMode)
	entry, err := z.CreateHeader(header)
	if err != nil {
		return err
	}
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(entry, h), f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != p.SHA256 {
		return fmt.Errorf("its content has SHA-256 %s, want %q: it was built anew meanwhile, try again", got, p.SHA256)
	}
	return z.Close()
}
