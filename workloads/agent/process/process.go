package process

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Spec is a program to run.
type Spec struct {
	Path        string
	Environment []string // NAME=value, all that the program sees
	Directory   string
	Log         string // file that takes what it prints, appended
}

// Process is a running program, leader of a session of its own.
type Process struct {
	Identity Identity
	cmd      *exec.Cmd
	lifeline io.Closer
	done     chan struct{}
	err      error
}

// Start runs the program. It holds the other end of the program's standard
// input: a program that reads end-of-file there knows that its supervisor
// died.
func Start(s Spec) (*Process, error) {
	logFile, err := os.OpenFile(s.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("starting %q: %w", s.Path, err)
	}
	defer logFile.Close()
	cmd := exec.Command(s.Path)
	cmd.Env, cmd.Dir = s.Environment, s.Directory
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting %q: %w", s.Path, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %q: %w", s.Path, err)
	}
	p := &Process{cmd: cmd, lifeline: lifeline, done: make(chan struct{})}
	// A program that is gone already cannot be identified, and needs not be.
	p.Identity, _ = Identify(cmd.Process.Pid)
	p.Identity.PID = cmd.Process.Pid
	go p.wait()
	return p, nil
}

func (p *Process) wait() {
	p.err = p.cmd.Wait()
	p.lifeline.Close()
	// What the program started must not outlive it: its jobs run again
	// elsewhere by now.
	KillSession(p.Identity)
	close(p.done)
}

// Done is closed when the program has ended and nothing of it is left.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is how the program ended: nil for exit status 0. Only after Done.
func (p *Process) Err() error { return p.err }

// Stop asks the program to end and kills all of it after grace.
func (p *Process) Stop(grace time.Duration) {
	p.cmd.Process.Signal(syscall.SIGTERM)
	t := time.NewTimer(grace)
	defer t.Stop()
	select {
	case <-p.done:
	case <-t.C:
		p.Kill()
		<-p.done
	}
}

// Kill ends the program and its session at once.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	KillSession(p.Identity)
}
