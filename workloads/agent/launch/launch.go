package launch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
)

const (
	// startTimeout bounds a start: JetStream reads its store first, and a big
	// one on a slow disk takes a while.
	startTimeout = 60 * time.Second
	// stopGrace is what a stop adds to the longest drain of the fleets.
	stopGrace = 15 * time.Second
	pollEvery = 50 * time.Millisecond
	// readyFD is the descriptor on which a started agent says that it serves,
	// or why it cannot.
	readyFD = 3
)

// ErrRunning means that the directory's agent runs already.
var ErrRunning = errors.New("an agent runs in this directory already; `spotgrid status` shows it")

// Settings of an agent that are given at its start.
type Settings struct {
	Directory Directory
	// QueuePort and HTTPPort on the loopback address; 0 takes the ports of
	// last time, or any free ones.
	QueuePort, HTTPPort int
}

// Find returns a client of the agent that runs in the directory, or an error
// that is api.ErrDown.
func Find(ctx context.Context, d Directory) (*api.Client, *api.Status, error) {
	i, err := d.ReadInstance()
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, api.StatusTimeout)
	defer cancel()
	c := &api.Client{URL: i.URL, TokenFile: d.Token()}
	s, err := c.Status(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, nil, fmt.Errorf("%w: no answer within %s", api.ErrDown, api.StatusTimeout)
	}
	if err != nil {
		return nil, nil, err
	}
	if s.Directory != string(d) {
		return nil, nil, fmt.Errorf("%w: another grid's agent (%s) has its port", api.ErrDown, s.Directory)
	}
	return c, s, nil
}

// Start runs program as the directory's agent, detached from the caller, and
// returns when it serves. If one runs already, that one is returned: an agent
// never runs twice.
func Start(ctx context.Context, program string, s Settings) (*api.Client, *api.Status, error) {
	if c, st, err := Find(ctx, s.Directory); err == nil {
		return c, st, nil
	}
	if err := s.Directory.Prepare(); err != nil {
		return nil, nil, err
	}
	if err := spawn(ctx, program, s); err != nil && !errors.Is(err, ErrRunning) {
		return nil, nil, fmt.Errorf("starting the grid's agent: %w", err)
	}
	return awaitServing(ctx, s.Directory)
}

// awaitServing waits for an agent that somebody else may have started a moment
// ago.
func awaitServing(ctx context.Context, d Directory) (*api.Client, *api.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		c, s, err := Find(ctx, d)
		if err == nil || !errors.Is(err, api.ErrDown) {
			return c, s, err
		}
		select {
		case <-ctx.Done():
			return nil, nil, err
		case <-time.After(pollEvery):
		}
	}
}

// spawn starts the process and waits for its word on readyFD.
func spawn(ctx context.Context, program string, s Settings) error {
	logFile, err := os.OpenFile(s.Directory.Log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer logFile.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	cmd := exec.Command(program, "agent", "run",
		"--directory", string(s.Directory),
		"--queue-port", strconv.Itoa(s.QueuePort), "--http-port", strconv.Itoa(s.HTTPPort),
		"--ready-fd", strconv.Itoa(readyFD))
	cmd.Dir = string(s.Directory)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.ExtraFiles = []*os.File{w}
	// A session of its own: the terminal's Ctrl-C and hang-up do not reach it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Env = environment(os.Environ())
	err = cmd.Start()
	w.Close()
	if err != nil {
		return err
	}
	go cmd.Wait() // so that an agent that fails at once is no zombie of ours
	return awaitReady(ctx, r, s.Directory)
}

func awaitReady(ctx context.Context, r *os.File, d Directory) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { r.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	buf := make([]byte, 4096)
	n, _ := r.Read(buf)
	word := strings.TrimSpace(string(buf[:n]))
	switch {
	case word == "ready":
		return nil
	case word == ErrRunning.Error():
		return ErrRunning
	case word != "":
		return errors.New(word)
	case ctx.Err() != nil:
		return fmt.Errorf("it did not serve within %s, see %s: %w", startTimeout, d.Log(), context.Cause(ctx))
	}
	return fmt.Errorf("it ended without a word, see %s", d.Log())
}

// environment keeps what programs need and drops everything else, such as the
// cloud credentials and Pulumi settings of the shell that happened to start
// the agent.
func environment(env []string) []string {
	keep := map[string]bool{"PATH": true, "HOME": true, "TMPDIR": true, "LANG": true, "TZ": true, "USER": true, "LOGNAME": true}
	var out []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if keep[name] || strings.HasPrefix(name, "LC_") {
			out = append(out, kv)
		}
	}
	return out
}

// Stop ends the directory's agent and all its processes, jobs drained, and
// returns when it is gone. One that does not run is fine.
func Stop(ctx context.Context, d Directory) error {
	c, s, err := Find(ctx, d)
	if err == nil {
		drain := 0
		for _, f := range s.Fleets {
			drain = max(drain, f.DrainSeconds)
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(drain)*time.Second+stopGrace)
		defer cancel()
		if err := c.Shutdown(ctx); err != nil && !errors.Is(err, api.ErrDown) {
			return err
		}
	}
	return awaitUnlocked(ctx, d)
}

// awaitUnlocked waits until no agent holds the directory; one that does not
// answer any more is killed.
func awaitUnlocked(ctx context.Context, d Directory) error {
	if _, err := os.Stat(string(d)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	i, _ := d.ReadInstance()
	lock := flock.New(d.Lock())
	ctx, cancel := context.WithTimeout(ctx, stopGrace)
	defer cancel()
	ok, err := lock.TryLockContext(ctx, pollEvery)
	if !ok && i.PID > 0 && ctx.Err() != nil {
		if kerr := syscall.Kill(i.PID, syscall.SIGKILL); kerr == nil {
			again, done := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
			defer done()
			ok, err = lock.TryLockContext(again, pollEvery)
		}
	}
	if !ok {
		return fmt.Errorf("stopping the agent in %s (process %d): it still holds its lock: %w", d, i.PID, err)
	}
	defer lock.Unlock()
	return EndOrphans(d)
}
