package supervisor

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/spotgrid/spotgrid/workloads/command/limit"
)

// stopAtExec has the kernel halt the program before its first instruction.
func (p *program) stopAtExec() bool { return p.rlimits != nil || p.cpus > 0 }

// start starts the program. It must be called, and the program traced, by one
// thread, which must live as long as the program: the kernel ties tracing and
// Pdeathsig to it.
func (p *program) start(o Order) error {
	attr := &syscall.ProcAttr{
		Dir: o.Dir, Env: o.Env, Files: []uintptr{0, 1, 2},
		Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Ptrace: p.stopAtExec()},
	}
	if p.group != nil {
		attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, p.group.FD()
	}
	pid, err := syscall.ForkExec(o.Path, o.Argv, attr)
	if err != nil {
		return untraceable(p.stopAtExec(), err)
	}
	p.pid = pid
	if !p.stopAtExec() {
		return nil
	}
	if err := p.limitStopped(); err != nil {
		_ = syscall.Kill(pid, syscall.SIGKILL)
		_, _ = syscall.Wait4(pid, nil, 0, nil)
		return err
	}
	return nil
}

// limitStopped sets limits on the program while it stands still at its first
// instruction, and lets it go.
func (p *program) limitStopped() error {
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(p.pid, &status, 0, nil)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EINTR) {
			return fmt.Errorf("waiting for the program to stand still: %w", err)
		}
	}
	if !status.Stopped() {
		return errors.New("the program was ended before its limits were set")
	}
	for _, r := range p.rlimits {
		if err := r.set(p.pid); err != nil {
			return err
		}
	}
	if p.cpus > 0 {
		if err := bindToCPUs(p.pid, p.cpus); err != nil {
			return err
		}
	}
	return syscall.PtraceDetach(p.pid)
}

// untraceable says what a refusal means where the machine forbids tracing,
// which looks like a program that must not be run.
func untraceable(traced bool, err error) error {
	if !traced || !errors.Is(err, syscall.EPERM) {
		return err
	}
	scope, readErr := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if n, _ := strconv.Atoi(strings.TrimSpace(string(scope))); readErr != nil || n < 2 {
		return err
	}
	return fmt.Errorf("limits cannot be set, as the machine forbids to trace programs (kernel.yama.ptrace_scope is %s)", strings.TrimSpace(string(scope)))
}

// rlimit is one of setrlimit(2).
type rlimit struct {
	name     string
	resource int
	value    uint64
	// extra is how far the hard limit is above the soft one.
	extra uint64
}

func (r rlimit) set(pid int) error {
	var old unix.Rlimit
	if err := unix.Prlimit(pid, r.resource, nil, &old); err != nil {
		return fmt.Errorf("reading the limit %s: %w", r.name, err)
	}
	// A stricter hard limit that is there stays: only root could raise it.
	wanted := unix.Rlimit{Cur: min(r.value, old.Max), Max: min(r.value+r.extra, old.Max)}
	if err := unix.Prlimit(pid, r.resource, &wanted, nil); err != nil {
		return fmt.Errorf("setting the limit %s: %w", r.name, err)
	}
	return nil
}

// plan decides what holds each limit: the group what its controllers can, the
// kernel's limits of a process and the supervisor's watch the rest.
func (p *program) plan(l limit.Limits) {
	if p.group != nil {
		p.held = append(p.held, p.group.Held()...)
	}
	if l.CPUSeconds > 0 {
		p.watch.cpuSeconds = float64(l.CPUSeconds)
		// One second more, so that a program that minds SIGXCPU can end well.
		p.holdEach(limit.CPUSeconds, l.CPUSeconds, rlimit{"RLIMIT_CPU", unix.RLIMIT_CPU, uint64(l.CPUSeconds), 1}, watchOverAll)
	}
	if l.MemoryMiB > 0 && !p.holds(limit.MemoryMiB) {
		p.watch.memoryBytes = int64(limit.Bytes(l.MemoryMiB))
		p.holdEach(limit.MemoryMiB, l.MemoryMiB, rlimit{"RLIMIT_DATA", unix.RLIMIT_DATA, limit.Bytes(l.MemoryMiB), 0}, watchOverAll)
	}
	if l.FileMiB > 0 {
		p.holdEach(limit.FileMiB, l.FileMiB, rlimit{"RLIMIT_FSIZE", unix.RLIMIT_FSIZE, limit.Bytes(l.FileMiB), 0}, "")
	}
	if l.OpenFiles > 0 {
		p.holdEach(limit.OpenFiles, l.OpenFiles, rlimit{"RLIMIT_NOFILE", unix.RLIMIT_NOFILE, uint64(l.OpenFiles), 0}, "")
	}
	if l.Processes > 0 && !p.holds(limit.Processes) {
		// Not RLIMIT_NPROC: it counts all of a user's processes, the worker and
		// other jobs among them, and does not hold for root.
		p.watch.processes = l.Processes
		p.hold(limit.Processes, float64(l.Processes), "the supervisor's watch")
	}
	if l.CPUs > 0 && !p.holds(limit.CPUs) {
		p.cpus = int(math.Ceil(l.CPUs))
		p.hold(limit.CPUs, l.CPUs, fmt.Sprintf("binding to %d of the CPUs, which the program can undo", p.cpus))
	}
}

const watchOverAll = ", the supervisor's watch over all"

func (p *program) hold(name string, value float64, by string) {
	p.held = append(p.held, limit.Held{Name: name, Value: value, By: by})
}

// holdEach has the kernel hold a limit for each process.
func (p *program) holdEach(name string, value int, r rlimit, more string) {
	p.rlimits = append(p.rlimits, r)
	p.hold(name, float64(value), r.name+" of each process"+more)
}

func (p *program) holds(name string) bool {
	return slices.ContainsFunc(p.held, func(h limit.Held) bool { return h.Name == name })
}

// bindToCPUs lets a process run on n of the CPUs it may run on. Which, follows
// from its number, so that programs spread.
func bindToCPUs(pid, n int) error {
	var may, bound unix.CPUSet
	if err := unix.SchedGetaffinity(pid, &may); err != nil {
		return fmt.Errorf("reading the CPUs of the program: %w", err)
	}
	var there []int
	for cpu := 0; len(there) < may.Count(); cpu++ {
		if may.IsSet(cpu) {
			there = append(there, cpu)
		}
	}
	for i := range min(n, len(there)) {
		bound.Set(there[(pid+i)%len(there)])
	}
	if err := unix.SchedSetaffinity(pid, &bound); err != nil {
		return fmt.Errorf("binding the program to CPUs: %w", err)
	}
	return nil
}
