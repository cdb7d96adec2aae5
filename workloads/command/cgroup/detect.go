package cgroup

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// wanted are the controllers that limits use.
var wanted = []string{"cpu", "memory", "pids"}

// leafName is the child that a process moves into to make room for others.
const leafName = "worker"

// Parent is the cgroup that a worker may make others in: its own, given to it
// by whoever started it.
type Parent struct {
	// Path of the folder.
	Path string `json:"path"`
	// Controllers that hold limits in its children, of cpu, memory and pids.
	// Without any, children still tell what belongs to a program, and end it.
	Controllers []string `json:"controllers"`
}

// Has reports whether children can be limited by a controller.
func (p Parent) Has(controller string) bool { return slices.Contains(p.Controllers, controller) }

// Detect finds the calling process's own cgroup and readies it for children.
// The error says why there is none to be used, which is no fault: most
// containers have none. Only cgroup v2 of Linux 5.14 or later serves, as it
// can end a group at once.
//
// A cgroup with processes of its own can hand no controller on, so a process
// that is alone in its cgroup is moved into a child named "worker", which is
// what systemd asks of services with Delegate=yes. Where there are others with
// it nothing is moved, and the children have the controllers they have.
func Detect() (Parent, error) {
	own, err := ownPath("/proc/self")
	if err != nil {
		return Parent{}, fmt.Errorf("finding the worker's cgroup: %w", err)
	}
	if up := filepath.Dir(own); filepath.Base(own) == leafName && probe(up) == nil {
		own = up // moved here before, or started here by systemd's DelegateSubgroup=
	}
	if err := probe(own); err != nil {
		return Parent{}, fmt.Errorf("cgroup %q: %w", own, err)
	}
	if err := handOn(own); err != nil {
		return Parent{}, fmt.Errorf("handing controllers of cgroup %q on: %w", own, err)
	}
	enabled, err := words(own, "cgroup.subtree_control")
	if err != nil {
		return Parent{}, err
	}
	return Parent{Path: own, Controllers: both(wanted, enabled)}, nil
}

// ownPath is the folder of a process's cgroup, from its folder below /proc.
func ownPath(proc string) (string, error) {
	text, err := os.ReadFile(filepath.Join(proc, "cgroup"))
	if err != nil {
		return "", err
	}
	path := ""
	for line := range strings.Lines(string(text)) {
		if p, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			path = p
		}
	}
	if path == "" {
		return "", errors.New("the machine has no cgroup v2")
	}
	mounts, err := os.Open(filepath.Join(proc, "mountinfo"))
	if err != nil {
		return "", err
	}
	defer mounts.Close()
	lines := bufio.NewScanner(mounts)
	for lines.Scan() {
		if folder, ok := mountOf(lines.Text(), path); ok {
			return folder, nil
		}
	}
	return "", errors.Join(lines.Err(), errors.New("cgroup v2 is not mounted"))
}

// mountOf is where a line of mountinfo mounts a path of cgroup v2. Its fields
// are in proc_pid_mountinfo(5): the fourth is the root of the mount, the fifth
// where it is, and the file system stands after the hyphen.
func mountOf(line, path string) (string, bool) {
	mount, system, ok := strings.Cut(line, " - ")
	fields := strings.Fields(mount)
	if !ok || len(fields) < 5 || !strings.HasPrefix(system, "cgroup2 ") {
		return "", false
	}
	below, err := filepath.Rel(fields[3], path)
	if err != nil || !filepath.IsLocal(below) {
		return "", false
	}
	return filepath.Join(fields[4], below), true
}

// probe makes a child and takes it away again.
func probe(own string) error {
	if err := delegated(own); err != nil {
		return err
	}
	child := filepath.Join(own, "probe-"+strconv.Itoa(os.Getpid()))
	if err := os.Mkdir(child, 0o755); err != nil {
		return fmt.Errorf("not delegated to the worker: %w", err)
	}
	defer os.Remove(child)
	if _, err := os.Lstat(filepath.Join(child, "cgroup.kill")); err != nil {
		return errors.New("the kernel is older than Linux 5.14, which first could end a cgroup")
	}
	return nil
}

// delegated refuses a cgroup that systemd keeps for itself. An ordinary user
// cannot write there; root can, and must not. systemd marks what it has given
// away. Source: "Control Group APIs and Delegation" of systemd.
func delegated(own string) error {
	if os.Getuid() != 0 || isRoot(own) {
		return nil
	}
	if _, err := os.Lstat("/run/systemd/system"); err != nil {
		return nil
	}
	for _, name := range []string{"user.delegate", "trusted.delegate"} {
		value := make([]byte, 8)
		if n, err := unix.Getxattr(own, name, value); err == nil && string(value[:n]) == "1" {
			return nil
		}
	}
	return errors.New("systemd has not delegated it, want Delegate=yes in the worker's unit")
}

// isRoot reports whether a cgroup is the root of all, which has no events.
func isRoot(own string) bool {
	_, err := os.Lstat(filepath.Join(own, "cgroup.events"))
	return errors.Is(err, fs.ErrNotExist)
}

// handOn has children get the controllers that there are.
func handOn(own string) error {
	there, err := words(own, "cgroup.controllers")
	if err != nil {
		return err
	}
	enabled, err := words(own, "cgroup.subtree_control")
	if err != nil {
		return err
	}
	missing := slices.DeleteFunc(both(wanted, there), func(c string) bool { return slices.Contains(enabled, c) })
	if len(missing) == 0 {
		return nil
	}
	if ok, err := vacate(own); err != nil || !ok {
		return err
	}
	for _, c := range missing {
		// One that cannot be had is shown by its absence afterwards.
		_ = write(own, "cgroup.subtree_control", "+"+c)
	}
	return nil
}

// vacate moves the process out of its cgroup into a child and reports whether
// the cgroup is then without processes, or need not be.
func vacate(own string) (bool, error) {
	if isRoot(own) {
		return true, nil
	}
	procs, err := words(own, "cgroup.procs")
	if err != nil {
		return false, err
	}
	self := strconv.Itoa(os.Getpid())
	if len(procs) != 1 || procs[0] != self {
		return len(procs) == 0, nil
	}
	leaf := filepath.Join(own, leafName)
	if err := os.Mkdir(leaf, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return false, err
	}
	return true, write(leaf, "cgroup.procs", self)
}

// both are those of a that are in b.
func both(a, b []string) []string {
	found := []string{}
	for _, s := range a {
		if slices.Contains(b, s) {
			found = append(found, s)
		}
	}
	return found
}
