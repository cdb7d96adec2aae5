// Package process starts programs as sessions of their own and ends them with
// all that they started, whatever process groups those made.
package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Identity names a session leader for good: a PID alone may be another
// program's by the time it is read.
type Identity struct {
	PID int `json:"pid"`
	// Start is when the kernel says it started, in the system's own words.
	Start string `json:"start"`
}

// Identify describes a live process.
func Identify(pid int) (Identity, error) {
	start, err := startOf(pid)
	return Identity{PID: pid, Start: start}, err
}

// KillSession kills everything in the session that id leads or led, and does
// nothing if the PID belongs to another program by now.
func KillSession(id Identity) {
	if start, err := startOf(id.PID); err == nil && start != id.Start {
		return
	}
	for _, pid := range members(id.PID) {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	syscall.Kill(-id.PID, syscall.SIGKILL)
}

// Boot tells one run of the machine from the next; "" where the system does
// not say.
func Boot() string {
	b, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(b))
}

// Fields of /proc/PID/stat behind the program's name, from 0 (proc(5) counts
// the name as field 2).
const (
	statSession = 6 - 3
	statStart   = 22 - 3
)

// startOf reads a process's start time: ticks since boot, or what ps says
// where there is no /proc.
func startOf(pid int) (string, error) {
	fields, err := stat(pid)
	if err == nil {
		return fields[statStart], nil
	}
	if !errors.Is(err, errNoProc) {
		return "", err
	}
	out, err := exec.Command("ps", "-o", "lstart=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return "", fmt.Errorf("reading start time of process %d: %w", pid, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// members lists the processes of a session. Without /proc it knows none, and
// only the leader's own group can be ended.
func members(session int) []int {
	entries, _ := os.ReadDir("/proc")
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if fields, err := stat(pid); err == nil && fields[statSession] == strconv.Itoa(session) {
			pids = append(pids, pid)
		}
	}
	return pids
}

var errNoProc = errors.New("this system has no /proc")

func stat(pid int) ([]string, error) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		return nil, errNoProc
	}
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return nil, err
	}
	// The program's name stands in parentheses and may hold any character, so
	// fields are counted behind the last one.
	i := strings.LastIndexByte(string(b), ')')
	fields := strings.Fields(string(b)[i+1:])
	if i < 0 || len(fields) <= statStart {
		return nil, fmt.Errorf("reading /proc/%d/stat: unknown format", pid)
	}
	return fields, nil
}
