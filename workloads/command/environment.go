package command

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// DefaultPath is the PATH a program gets.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// environment is all the program gets to see.
func environment(spec Spec, dir workDir, path string, secrets map[string]string) map[string]string {
	if path == "" {
		path = DefaultPath
	}
	env := map[string]string{"PATH": path, "LANG": "C.UTF-8", "HOME": dir.path}
	if dir.temporary {
		env["TMPDIR"] = dir.path
	}
	maps.Copy(env, spec.Env)
	maps.Copy(env, secrets)
	return env
}

func pairs(env map[string]string) []string {
	list := make([]string, 0, len(env))
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	return list
}

// lookUp finds the program as the job sees it: exec.LookPath would search the
// worker's own PATH and directory.
func lookUp(program, path string) (string, error) {
	if strings.Contains(program, "/") {
		return program, nil // the supervisor finds it from dir, or says what is wrong
	}
	found := error(fs.ErrNotExist)
	for _, folder := range filepath.SplitList(path) {
		if !filepath.IsAbs(folder) {
			continue // a program must not depend on what a job's directory holds
		}
		candidate := filepath.Join(folder, program)
		info, err := os.Stat(candidate)
		switch {
		case err != nil || info.IsDir():
		case info.Mode()&0o111 == 0:
			found = fs.ErrPermission
		default:
			return candidate, nil
		}
	}
	return "", &UnrunnableError{fmt.Errorf("finding program %q in PATH %q: %w", program, path, found)}
}
