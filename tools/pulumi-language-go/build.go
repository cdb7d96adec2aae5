package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
)

// executable returns the program's file to run, building it where the options
// name none. A second build of an unchanged program in one host costs 0.2 s:
// the output's place is the same, so go finds it up to date.
func (h *host) executable(ctx context.Context, p program) (string, error) {
	if p.options.binary != "" {
		return p.prebuilt()
	}
	if found, err := p.hasGoFiles(); err != nil || !found {
		return "", fmt.Errorf("building Go program %q: no .go files there (main in Pulumi.yaml names the directory)", p.dir)
	}
	target := h.buildPath(p)

	h.builds.Lock()
	defer h.builds.Unlock()
	if _, err := h.goOutput(ctx, p.dir, "build", "-o", target, "."); err != nil {
		return "", fmt.Errorf("building Go program: %w", err)
	}
	// For a package that is not main, go build writes an archive there.
	if !isExecutable(target) {
		return "", fmt.Errorf("building Go program %q: it is not package main", p.dir)
	}
	return target, nil
}

// buildPath is where a program is built: one place per directory, under a name
// that tells it apart in a list of processes.
func (h *host) buildPath(p program) string {
	target := p.options.buildTarget
	switch {
	case target == "":
		sum := sha256.Sum256([]byte(p.dir))
		return filepath.Join(h.scratch, hex.EncodeToString(sum[:8]), filepath.Base(p.dir))
	case filepath.IsAbs(target):
		return target
	default:
		return filepath.Join(p.dir, target)
	}
}
