package wikijob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// entities of a job, and what tells whether they are those of an earlier
// attempt.
type entities struct {
	names  []string
	digest string
}

// load reads the entities. What is wrong with the file itself is rejected.
func load(ctx context.Context, task job.Task, p Payload) (entities, error) {
	hash := sha256.New()
	hash.Write(task.Payload)
	if p.File == "" {
		return entities{p.Entities, hex.EncodeToString(hash.Sum(nil))}, ctx.Err()
	}
	data, err := readFile(task.Files, p.File, MaxFileBytes)
	if err != nil {
		return entities{}, fmt.Errorf("reading entities from %q: %w", p.File, err)
	}
	hash.Write(data)
	names := lines(data)
	if n := len(names); n == 0 || n > MaxEntities {
		return entities{}, job.Reject(fmt.Errorf("file %q has %d entities, want 1..%d, one a line", p.File, n, MaxEntities))
	}
	return entities{names, hex.EncodeToString(hash.Sum(nil))}, ctx.Err()
}

// lines are those that are not empty, of files of any system.
func lines(data []byte) []string {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var names []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" {
			names = append(names, line)
		}
	}
	return names
}

// leadNowhere are the errors of names under which another attempt finds no file
// either.
var leadNowhere = []error{fs.ErrNotExist, fs.ErrPermission, syscall.ENOTDIR, syscall.ELOOP, syscall.ENAMETOOLONG}

// readFile reads a whole regular file of at most limit bytes. A pipe would
// never end, and a device is nobody's file.
func readFile(root *os.Root, name string, limit int64) ([]byte, error) {
	info, err := root.Stat(name)
	if isEscape(err) || slices.ContainsFunc(leadNowhere, func(e error) bool { return errors.Is(err, e) }) {
		return nil, job.Reject(err)
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, job.Reject(fmt.Errorf("it has mode %s and %d bytes, want a regular file of at most %d", info.Mode(), info.Size(), limit))
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// isEscape reports whether os.Root refused a name that leads out of it, for
// which package os exports no error.
func isEscape(err error) bool {
	var p *fs.PathError
	return errors.As(err, &p) && strings.Contains(p.Err.Error(), "escapes from parent")
}

// encodeLine is v as one line of JSON.
func encodeLine(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}
