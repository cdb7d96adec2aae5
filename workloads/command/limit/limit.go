// Package limit says what a job may ask its program to be held to, and what
// became of it.
package limit

import (
	"errors"
	"fmt"
	"math"
)

// Names of the limits, as payloads and results have them.
const (
	CPUSeconds = "cpu_seconds"
	CPUs       = "cpus"
	MemoryMiB  = "memory_mib"
	FileMiB    = "file_mib"
	Processes  = "processes"
	OpenFiles  = "open_files"
)

// Largest values, which catch slips such as bytes given for MiB.
const (
	MaxCPUSeconds = 10_000_000
	// MinCPUs is the least share of a CPU that the kernel takes: 1 ms of its
	// period of 100 ms. Source: CPU_MAX in Documentation/admin-guide/cgroup-v2.rst
	// and min_cfs_quota_period in kernel/sched/core.c.
	MinCPUs = 0.01
	MaxCPUs = 4096
	// MinMemoryMiB is less than a shell needs to start with its libraries.
	MinMemoryMiB = 4
	MaxMemoryMiB = 16 << 20
	MaxFileMiB   = 16 << 20
	// MaxProcesses is PID_MAX_LIMIT of 64-bit Linux.
	MaxProcesses = 4 << 20
	// MinOpenFiles leaves room for the three standard streams and the few that a
	// dynamic loader needs at a time.
	MinOpenFiles = 8
	// MaxOpenFiles is fs.nr_open as Linux comes.
	MaxOpenFiles = 1 << 20
)

// Limits bound a program with all that it starts. Zero means no limit.
type Limits struct {
	// CPUSeconds of CPU time of all processes together: 1..MaxCPUSeconds.
	CPUSeconds int `json:"cpu_seconds,omitempty"`
	// CPUs is how many CPUs' worth of time may be used at a time:
	// MinCPUs..MaxCPUs, such as 0.5.
	CPUs float64 `json:"cpus,omitempty"`
	// MemoryMiB of memory: MinMemoryMiB..MaxMemoryMiB.
	MemoryMiB int `json:"memory_mib,omitempty"`
	// FileMiB is the largest file that may be written: 1..MaxFileMiB.
	FileMiB int `json:"file_mib,omitempty"`
	// Processes, threads included, that may run at a time: 1..MaxProcesses.
	Processes int `json:"processes,omitempty"`
	// OpenFiles each process may have at a time: MinOpenFiles..MaxOpenFiles.
	OpenFiles int `json:"open_files,omitempty"`
}

// Check returns every fault, joined, or nil.
func (l Limits) Check() error {
	var errs []error
	for _, n := range []struct {
		name               string
		value, least, most int
	}{
		{CPUSeconds, l.CPUSeconds, 1, MaxCPUSeconds},
		{MemoryMiB, l.MemoryMiB, MinMemoryMiB, MaxMemoryMiB},
		{FileMiB, l.FileMiB, 1, MaxFileMiB},
		{Processes, l.Processes, 1, MaxProcesses},
		{OpenFiles, l.OpenFiles, MinOpenFiles, MaxOpenFiles},
	} {
		if n.value != 0 && (n.value < n.least || n.value > n.most) {
			errs = append(errs, fmt.Errorf("limits.%s is %d, want %d..%d, or none for no limit", n.name, n.value, n.least, n.most))
		}
	}
	if c := l.CPUs; math.IsNaN(c) || c != 0 && (c < MinCPUs || c > MaxCPUs) {
		errs = append(errs, fmt.Errorf("limits.%s is %v, want %v..%d, or none for no limit", CPUs, c, MinCPUs, MaxCPUs))
	}
	return errors.Join(errs...)
}

// Bytes is a number of MiB in bytes.
func Bytes(mebibytes int) uint64 { return uint64(mebibytes) << 20 }

// Held says how one limit is held.
type Held struct {
	// Name of the limit, such as MemoryMiB, and its value in the unit that the
	// name says.
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	// By is what holds it, such as "cgroup memory.max" or "RLIMIT_DATA of each
	// process".
	By string `json:"by"`
}

func (h Held) String() string { return fmt.Sprintf("%s %v (%s)", h.Name, h.Value, h.By) }
