package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// maxAnswerBytes is the longest line a script may answer with.
const maxAnswerBytes = 1 << 20

// A peer is a running script.
type peer struct {
	cmd    *exec.Cmd
	tasks  io.WriteCloser
	lines  *bufio.Scanner
	errors *tail
	hello  hello
}

// hello is what a script says once it has imported everything.
type hello struct {
	Python string `json:"python"`
	// Versions of all distributions that were imported, by name.
	Versions map[string]string `json:"versions"`
}

// group makes cmd the leader of a process group that ends, as a whole, when
// cmd's context does. Ctrl-C in a terminal no longer reaches it by itself.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
}

// startPeer starts a script and waits until it is ready. The script ends with
// ctx, when it is closed, and when this process dies: its input ends then.
func startPeer(ctx context.Context, python, script string, threads int) (*peer, error) {
	p := &peer{errors: &tail{}}
	p.cmd = exec.CommandContext(ctx, python, script)
	group(p.cmd)
	p.cmd.Stderr = p.errors
	p.cmd.Env = append(os.Environ(), threadVariables(threads)...)
	var err error
	if p.tasks, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	answers, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.lines = bufio.NewScanner(answers)
	p.lines.Buffer(nil, maxAnswerBytes)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", filepath.Base(script), err)
	}
	if err := p.read(&p.hello); err != nil {
		p.close()
		return nil, fmt.Errorf("starting %s: %w", filepath.Base(script), err)
	}
	return p, nil
}

// threadVariables tell a script, and the libraries below it, how many threads
// to use.
func threadVariables(threads int) []string {
	var out []string
	for _, name := range []string{"BENCH_PEERS_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"} {
		out = append(out, fmt.Sprintf("%s=%d", name, threads))
	}
	// No stray files beside the scripts.
	return append(out, "PYTHONDONTWRITEBYTECODE=1")
}

// ask gives the script one task and waits for its answer.
func (p *peer) ask(task any) (Sample, error) {
	line, err := json.Marshal(task)
	if err != nil {
		return Sample{}, fmt.Errorf("encoding the task: %w", err)
	}
	if _, err := p.tasks.Write(append(line, '\n')); err != nil {
		return Sample{}, fmt.Errorf("asking the peer: %w", err)
	}
	var answer struct {
		Sample
		Error string `json:"error"`
	}
	if err := p.read(&answer); err != nil {
		return Sample{}, fmt.Errorf("asking the peer: %w", err)
	}
	if answer.Error != "" {
		return Sample{}, fmt.Errorf("asking the peer: it answers %s", answer.Error)
	}
	if err := answer.Sample.check(); err != nil {
		return Sample{}, fmt.Errorf("the peer's answer: %w", err)
	}
	return answer.Sample, nil
}

// read decodes the next line. A script that ended is explained by the last
// thing it complained of.
func (p *peer) read(v any) error {
	if !p.lines.Scan() {
		if err := p.lines.Err(); err != nil && !errors.Is(err, os.ErrClosed) {
			return err
		}
		p.close()
		if last := p.errors.lastLine(); last != "" {
			return errors.New(last)
		}
		return fmt.Errorf("it ended without a word: %s", p.cmd.ProcessState)
	}
	if err := json.Unmarshal(p.lines.Bytes(), v); err != nil {
		return fmt.Errorf("its line %.100q: %w", p.lines.Bytes(), err)
	}
	return nil
}

// close ends the script and whatever it started, and waits for it.
func (p *peer) close() {
	p.tasks.Close()
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Cancel()
		_ = p.cmd.Wait()
	}
}

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

const tailBytes = 4096

func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	if extra := len(t.kept) - tailBytes; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(b), nil
}

// lastLine is to be read after the process has ended.
func (t *tail) lastLine() string {
	lines := strings.Split(string(bytes.TrimSpace(t.kept)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
