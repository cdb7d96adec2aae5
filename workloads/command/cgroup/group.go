// Package cgroup puts a program with all that it starts into a cgroup of its
// own (version 2 of Linux's control groups), which limits it, counts what it
// used and ends it as a whole.
package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spotgrid/spotgrid/workloads/command/limit"
)

// periodMicroseconds is the span in which a share of the CPUs is counted: the
// kernel's own default.
const periodMicroseconds = 100_000

// Group is a cgroup that was made for one program.
type Group struct {
	path string
	dir  *os.File
	held []limit.Held
}

// New makes a child of the parent and sets those of the limits that the
// parent's controllers can hold.
func New(p Parent, name string, l limit.Limits) (*Group, error) {
	g := &Group{path: filepath.Join(p.Path, name)}
	if err := os.Mkdir(g.path, 0o755); err != nil {
		return nil, fmt.Errorf("making cgroup: %w", err)
	}
	err := g.set(p, l)
	if err == nil {
		g.dir, err = os.Open(g.path)
	}
	if err != nil {
		_ = os.Remove(g.path)
		return nil, fmt.Errorf("limiting cgroup %q: %w", g.path, err)
	}
	return g, nil
}

// Find is a group that another process made, to end and remove it.
func Find(p Parent, name string) *Group { return &Group{path: filepath.Join(p.Path, name)} }

func (g *Group) set(p Parent, l limit.Limits) error {
	if l.MemoryMiB > 0 && p.Has("memory") {
		if err := g.setMemory(l.MemoryMiB); err != nil {
			return err
		}
	}
	if l.Processes > 0 && p.Has("pids") {
		if err := g.hold(limit.Processes, float64(l.Processes), "pids.max", strconv.Itoa(l.Processes)); err != nil {
			return err
		}
	}
	if l.CPUs > 0 && p.Has("cpu") {
		quota := int(math.Round(l.CPUs * periodMicroseconds))
		return g.hold(limit.CPUs, l.CPUs, "cpu.max", fmt.Sprintf("%d %d", quota, periodMicroseconds))
	}
	return nil
}

// setMemory bounds memory and swap together, and has the kernel end the whole
// group when it runs out: half a program is of no use.
func (g *Group) setMemory(mebibytes int) error {
	if err := g.hold(limit.MemoryMiB, float64(mebibytes), "memory.max", strconv.FormatUint(limit.Bytes(mebibytes), 10)); err != nil {
		return err
	}
	if err := write(g.path, "memory.oom.group", "1"); err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(g.path, "memory.swap.max")); err != nil {
		return nil // a kernel without swap has no such file
	}
	return write(g.path, "memory.swap.max", "0")
}

func (g *Group) hold(name string, value float64, file, text string) error {
	if err := write(g.path, file, text); err != nil {
		return err
	}
	g.held = append(g.held, limit.Held{Name: name, Value: value, By: "cgroup " + file})
	return nil
}

// Held are the limits that the group holds.
func (g *Group) Held() []limit.Held { return g.held }

// Path is the group's folder.
func (g *Group) Path() string { return g.path }

// FD is the open folder, by which a process is started in the group.
func (g *Group) FD() int { return int(g.dir.Fd()) }

// Kill ends every process of the group at once, also those that are just being
// started. A group that is gone is fine.
func (g *Group) Kill() error {
	if err := write(g.path, "cgroup.kill", "1"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// The kernel calls a group busy until the last of its processes is gone for
// good, which takes milliseconds after its end, and more on a busy machine.
const (
	removeLimit = 500 * time.Millisecond
	removePause = 5 * time.Millisecond
)

// Remove takes the group away once it is empty, for which it waits at most
// removeLimit. One that is gone is fine.
func (g *Group) Remove() error {
	if g.dir != nil {
		_ = g.dir.Close()
	}
	for deadline := time.Now().Add(removeLimit); ; time.Sleep(removePause) {
		err := os.Remove(g.path)
		switch {
		case err == nil || errors.Is(err, fs.ErrNotExist):
			return nil
		case !errors.Is(err, syscall.EBUSY) || time.Now().After(deadline):
			return fmt.Errorf("removing cgroup: %w", err)
		}
	}
}

// Usage is what the group has used.
type Usage struct {
	UserCPUSeconds   float64
	SystemCPUSeconds float64
	// PeakMemoryBytes of all processes together, with the file cache they
	// caused; 0 without the memory controller and before Linux 5.19.
	PeakMemoryBytes int64
}

// Usage reads what the group has used.
func (g *Group) Usage() (Usage, error) {
	cpu, err := numbers(g.path, "cpu.stat")
	if err != nil {
		return Usage{}, err
	}
	u := Usage{UserCPUSeconds: float64(cpu["user_usec"]) / 1e6, SystemCPUSeconds: float64(cpu["system_usec"]) / 1e6}
	if peak, err := words(g.path, "memory.peak"); err == nil && len(peak) == 1 {
		u.PeakMemoryBytes, _ = strconv.ParseInt(peak[0], 10, 64)
	}
	return u, nil
}

// Met are the names of the group's limits that processes ran into: for memory,
// that the kernel had to end one; for processes, that one could not be made.
func (g *Group) Met() []string {
	var met []string
	for _, h := range g.held {
		switch h.Name {
		case limit.MemoryMiB:
			if n, err := numbers(g.path, "memory.events"); err == nil && n["oom_kill"] > 0 {
				met = append(met, h.Name)
			}
		case limit.Processes:
			if n, err := numbers(g.path, "pids.events"); err == nil && n["max"] > 0 {
				met = append(met, h.Name)
			}
		}
	}
	return met
}

func write(folder, name, text string) error {
	return os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644)
}

func words(folder, name string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(folder, name))
	return strings.Fields(string(text)), err
}

// numbers reads a file of lines such as "oom_kill 1".
func numbers(folder, name string) (map[string]int64, error) {
	fields, err := words(folder, name)
	if err != nil {
		return nil, err
	}
	found := map[string]int64{}
	for i := 0; i+1 < len(fields); i += 2 {
		if n, err := strconv.ParseInt(fields[i+1], 10, 64); err == nil {
			found[fields[i]] = n
		}
	}
	return found, nil
}
