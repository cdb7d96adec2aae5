package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// program is a Go program as the engine names it, resolved.
type program struct {
	root    string // directory of the project file
	dir     string // directory of the Go package to build
	options options
}

// resolveProgram reads a request's program info. entry_point is a directory
// ("." or a subdirectory) or a Go file; a file stands for its whole package.
func resolveProgram(info *pulumirpc.ProgramInfo) (program, error) {
	if info.GetProgramDirectory() == "" {
		return program{}, errors.New("the request names no program directory; the engine must be pulumi 3.258 or later")
	}
	parsed, err := parseOptions(info.GetOptions())
	if err != nil {
		return program{}, err
	}
	dir := filepath.Join(info.GetProgramDirectory(), info.GetEntryPoint())
	if strings.HasSuffix(dir, ".go") {
		if _, err := os.Stat(dir); err != nil {
			return program{}, fmt.Errorf("finding the program: %w", err)
		}
		dir = filepath.Dir(dir)
	}
	if stat, err := os.Stat(dir); err != nil {
		return program{}, fmt.Errorf("finding the program: %w", err)
	} else if !stat.IsDir() {
		return program{}, fmt.Errorf("finding the program: main is %q, want a directory or a .go file", dir)
	}
	root := info.GetRootDirectory()
	if root == "" {
		root = info.GetProgramDirectory()
	}
	return program{root: root, dir: dir, options: parsed}, nil
}

// prebuilt finds the executable that the option binary names.
func (p program) prebuilt() (string, error) {
	name := p.options.binary
	candidates := []string{name}
	if !filepath.IsAbs(name) {
		candidates = []string{filepath.Join(p.root, name), filepath.Join(p.dir, name)}
	}
	for _, candidate := range candidates {
		if isExecutable(candidate) {
			return candidate, nil
		}
	}
	if filepath.Base(name) == name {
		if found, err := exec.LookPath(name); err == nil {
			return found, nil
		}
		candidates = append(candidates, "PATH")
	}
	return "", fmt.Errorf("finding the program: runtime option binary is %q, no such executable at: %s",
		name, strings.Join(candidates, ", "))
}

// hasGoFiles says whether there is anything to build or to list.
func (p program) hasGoFiles() (bool, error) {
	files, err := filepath.Glob(filepath.Join(p.dir, "*.go"))
	return len(files) > 0, err
}

func isExecutable(path string) bool {
	stat, err := os.Stat(path)
	return err == nil && stat.Mode().IsRegular() && stat.Mode()&fs.FileMode(0o111) != 0
}
