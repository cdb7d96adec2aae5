package process

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary play the programs that are run.
func TestMain(m *testing.M) {
	switch os.Getenv("PROCESS_TEST_ROLE") {
	case "":
		os.Exit(m.Run())
	case "sleeper":
		fmt.Println("ready")
		time.Sleep(time.Minute)
	case "deaf": // to SIGTERM
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		time.Sleep(time.Minute)
	case "lifeline":
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
		fmt.Println("lifeline ended")
	case "parent": // of a grandchild in a group of its own
		child := exec.Command(os.Args[0])
		child.Env = []string{"PROCESS_TEST_ROLE=sleeper"}
		child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := child.Start(); err != nil {
			os.Exit(9)
		}
		fmt.Println("child", child.Process.Pid)
		time.Sleep(time.Minute)
	case "failing":
		os.Exit(7)
	}
}

// start runs the test binary in a role and waits for its first line.
func start(t *testing.T, role string) (*Process, string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	p, err := Start(Spec{Path: os.Args[0], Environment: []string{"PROCESS_TEST_ROLE=" + role}, Log: log})
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	var line string
	require.Eventually(t, func() bool {
		f, err := os.Open(log)
		if err != nil {
			return false
		}
		defer f.Close()
		line, err = bufio.NewReader(f).ReadString('\n')
		return err == nil || role == "failing"
	}, 10*time.Second, 5*time.Millisecond)
	return p, strings.TrimSpace(line)
}

func ended(t *testing.T, p *Process) {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the process did not end")
	}
}

func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func TestStopAsksAndThenKills(t *testing.T) {
	t.Parallel()
	polite, _ := start(t, "sleeper")
	began := time.Now()
	polite.Stop(time.Minute)
	assert.Less(t, time.Since(began), 30*time.Second, "it ended when asked, not at the end of the grace")

	deaf, _ := start(t, "deaf")
	deaf.Stop(50 * time.Millisecond)
	assert.ErrorContains(t, deaf.Err(), "killed")
}

func TestNothingOfASessionSurvivesItsLeader(t *testing.T) {
	t.Parallel()
	p, line := start(t, "parent")
	child, err := strconv.Atoi(strings.TrimPrefix(line, "child "))
	require.NoError(t, err, line)
	require.False(t, gone(child))

	require.NoError(t, syscall.Kill(p.Identity.PID, syscall.SIGKILL)) // only the leader
	ended(t, p)
	assert.Eventually(t, func() bool { return gone(child) }, 5*time.Second, 10*time.Millisecond, "a grandchild in another process group goes too")
}

func TestTheLifelineEndsWithTheSupervisor(t *testing.T) {
	t.Parallel()
	p, _ := start(t, "lifeline")
	require.NoError(t, p.lifeline.Close()) // what the kernel does when a supervisor dies
	ended(t, p)
	assert.NoError(t, p.Err(), "it ended by itself")
}

func TestErrTellsTheExitStatus(t *testing.T) {
	t.Parallel()
	p, _ := start(t, "failing")
	ended(t, p)
	assert.ErrorContains(t, p.Err(), "exit status 7")
}

func TestStartNamesAProgramThatCannotRun(t *testing.T) {
	t.Parallel()
	_, err := Start(Spec{Path: "/nowhere/worker", Log: filepath.Join(t.TempDir(), "log")})
	assert.ErrorContains(t, err, "/nowhere/worker")
}

func TestKillSessionSparesAStrangerWithThePID(t *testing.T) {
	t.Parallel()
	p, _ := start(t, "sleeper")
	KillSession(Identity{PID: p.Identity.PID, Start: "another time"})
	assert.False(t, gone(p.Identity.PID), "the PID is another program's by now")
	KillSession(p.Identity)
	ended(t, p)
}
