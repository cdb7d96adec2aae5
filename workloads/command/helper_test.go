package command

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/command/supervisor"
)

// helperVar makes the test binary act as one of the programs below.
const helperVar = "COMMAND_TEST_HELPER"

func TestMain(m *testing.M) {
	supervisor.Enter()
	if program := helpers[os.Getenv(helperVar)]; program != nil {
		program()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var helpers = map[string]func(){
	"env":  func() { fmt.Println(strings.Join(os.Environ(), "\n")) },
	"args": func() { _ = json.NewEncoder(os.Stdout).Encode(os.Args[1:]) },
	"cat":  func() { _, _ = io.Copy(os.Stdout, os.Stdin) },
	"pwd": func() {
		dir, _ := os.Getwd()
		_ = os.WriteFile("left-behind", []byte("x"), 0o600)
		fmt.Println(dir)
	},
	"fail": func() {
		fmt.Fprintln(os.Stderr, "first\nthe disk is on fire")
		os.Exit(3)
	},
	"suicide":  func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) },
	"firehose": func() { _, _ = os.Stdout.Write(bytes.Repeat([]byte("0123456789abcdef"), 1<<18)) }, // 4 MiB
	"latin1":   func() { _, _ = os.Stdout.WriteString("caf\xe9") },
	"polite": func() { // ends at SIGTERM, with a last word
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		fmt.Println("ready")
		<-signals
		fmt.Println("saved")
	},
	"stubborn": func() {
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		select {}
	},
	"worker": func() { // runs a program, and is killed meanwhile
		script := "echo $$; exec sleep 600"
		if len(os.Args) > 1 {
			script = os.Args[1]
		}
		_, _ = Run(context.Background(), Spec{Argv: []string{"sh", "-c", script}}, Options{Output: os.Stdout, Cgroup: cgroupIfAny()})
	},
	"opener": func() { // opens files until it cannot
		for n := 0; ; n++ {
			if _, err := syscall.Open(os.DevNull, syscall.O_RDONLY, 0); err != nil {
				fmt.Println(n)
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
	},
	"spin": func() {
		for begun := time.Now(); time.Since(begun) < 200*time.Millisecond; {
		}
	},
}

// helper is a spec that runs the test binary as a helper.
func helper(t *testing.T, name string, args ...string) Spec {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	return Spec{Argv: append([]string{binary}, args...), Env: map[string]string{
		helperVar: name,
		"GORACE":  "atexit_sleep_ms=0", // or each helper takes a second to exit
	}}
}

// syncBuffer is a log that programs write to and tests read.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// stopOnce cancels the context when the output contains the word.
func stopOnce(t *testing.T, word string, cause error) (context.Context, *syncBuffer) {
	ctx, cancel := context.WithCancelCause(t.Context())
	log := &syncBuffer{}
	go func() {
		for ctx.Err() == nil && !strings.Contains(log.String(), word) {
			time.Sleep(time.Millisecond)
		}
		cancel(cause)
	}()
	return ctx, log
}

// gone reports whether a process has ended, a zombie included.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X")
}

func assertGone(t *testing.T, pid string) {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(pid))
	require.NoError(t, err)
	assert.Eventually(t, func() bool { return gone(n) }, 5*time.Second, 5*time.Millisecond, "process %d is still there", n)
}
