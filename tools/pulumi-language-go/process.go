//go:build unix

package main

import (
	"context"
	"errors"
	"os/exec"
	"syscall"
	"time"
)

// stopGrace is how long a cancelled process has to end after SIGTERM before it
// is killed. The engine gives the host 5 s; a child's must fit into that.
const stopGrace = 2 * time.Second

// ownGroup puts a command into a process group of its own, so that what it
// starts ends with it, and has it end with the host where the system can do
// that. Set it before the command starts.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithParent(cmd.SysProcAttr)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = stopGrace
}

// run runs a command of ownGroup to its end. If ctx ended it, nothing of its
// group is left when run returns.
func run(ctx context.Context, cmd *exec.Cmd) error {
	err := cmd.Run()
	if ctx.Err() != nil && cmd.Process != nil {
		// No such process is the good case. The group's number cannot have
		// been given to another yet: it was in use until a moment ago.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	return err
}

// exit tells how a process ended: its status, or 128 and the signal's number
// with the signal, as shells count. ok is false if err does not stem from a
// process that ended.
func exit(err error) (status int, signal string, ok bool) {
	if err == nil {
		return 0, "", true
	}
	var exited *exec.ExitError
	if !errors.As(err, &exited) {
		return 0, "", false
	}
	if wait, isWait := exited.Sys().(syscall.WaitStatus); isWait && wait.Signaled() {
		return 128 + int(wait.Signal()), wait.Signal().String(), true
	}
	return exited.ExitCode(), "", true
}
