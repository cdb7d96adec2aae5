// Package artifact describes the programs that a grid runs: what they are
// called is of no account, their content is.
package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Program is a built program.
type Program struct {
	Path   string // absolute
	SHA256 string // of its content, in hex
}

// Open finds a program and hashes it.
func Open(path string) (Program, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return Program{}, fmt.Errorf("opening program %q: %w", path, err)
	}
	f, err := os.Open(abs)
	if os.IsNotExist(err) {
		return Program{}, fmt.Errorf("opening program %q: it is not built yet, run `make build`", abs)
	}
	if err != nil {
		return Program{}, fmt.Errorf("opening program: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return Program{}, fmt.Errorf("hashing program %q: %w", abs, err)
	}
	return Program{Path: abs, SHA256: hex.EncodeToString(h.Sum(nil))}, nil
}
