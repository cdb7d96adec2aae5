package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/command/supervisor"
	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/mototest"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
	"github.com/spotgrid/spotgrid/workloads/queue/nats/natstest"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// childVariable makes the test binary the worker itself.
const childVariable = "SPOTGRID_TEST_CHILD"

func TestMain(m *testing.M) {
	supervisor.Enter() // commands of the workers below are supervised by this binary too
	if os.Getenv(childVariable) != "" {
		main()
	}
	os.Exit(mototest.Main(m))
}

// grid is a real queue server, a volume and worker processes.
type grid struct {
	t                *testing.T
	server           *natstest.Server // nil: the queues are those of SQS
	jobs, dead       *queue.Queue
	jobsURL, deadURL string
	volume           *volume.Volume
	volumeURL        string
	lease            time.Duration
	// environment is what every worker has beside the usual.
	environment []string
	// program is what the workers run: this test binary, or the real one.
	program string
}

func newGrid(t *testing.T, leaseSeconds int) *grid {
	t.Helper()
	server := natstest.Start(t, natstest.Options{})
	nc, js := server.Connect(t)
	// A test cannot wait for the shortest lease that is allowed.
	require.NoError(t, nats.DeclareUnchecked(t.Context(), js, nats.Spec{Name: "dead", LeaseSeconds: 30, RetentionHours: 1}))
	require.NoError(t, nats.DeclareUnchecked(t.Context(), js, nats.Spec{Name: "jobs", LeaseSeconds: leaseSeconds, RetentionHours: 1}))
	g := gridWithoutQueues(t, leaseSeconds)
	g.server = server
	g.jobsURL, g.deadURL = server.QueueURL(t, "jobs").String(), server.QueueURL(t, "dead").String()
	for name, q := range map[string]**queue.Queue{"jobs": &g.jobs, "dead": &g.dead} {
		d, err := nats.New(t.Context(), nc, name)
		require.NoError(t, err)
		*q = queue.New(d, queue.Options{Name: name})
	}
	return g
}

func gridWithoutQueues(t *testing.T, leaseSeconds int) *grid {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grid")
	require.NoError(t, volume.Init(path))
	v, err := volume.Open("file://" + path)
	require.NoError(t, err)
	return &grid{t: t, volume: v, volumeURL: v.URL(), lease: time.Duration(leaseSeconds) * time.Second, program: os.Args[0]}
}

// process is one worker process.
type process struct {
	*exec.Cmd
	stdin  io.Closer
	stderr *lockedBuffer
	ended  chan struct{}
}

// start runs a worker process with settings beyond the usual ones.
func (g *grid) start(name string, settings ...string) *process {
	g.t.Helper()
	p := &process{Cmd: exec.Command(g.program), stderr: &lockedBuffer{}, ended: make(chan struct{})}
	p.Env = append([]string{
		childVariable + "=1", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + g.t.TempDir(),
		"SPOTGRID_WORKER=" + name, "SPOTGRID_VOLUME_URL=" + g.volumeURL,
		"SPOTGRID_QUEUE_URL=" + g.jobsURL, "SPOTGRID_DEAD_LETTER_URL=" + g.deadURL,
	}, append(g.environment, settings...)...)
	p.Stderr = p.stderr
	stdin, err := p.StdinPipe()
	require.NoError(g.t, err)
	p.stdin = stdin
	require.NoError(g.t, p.Start())
	go func() {
		defer close(p.ended)
		_ = p.Wait() // the exit code is in ProcessState
	}()
	g.t.Cleanup(func() {
		_ = p.Process.Kill() // it has usually ended
		<-p.ended
		if g.t.Failed() {
			g.t.Logf("worker %s said:\n%s", name, p.stderr)
		}
	})
	return p
}

// exitCode waits for the process to end, at most limit.
func (p *process) exitCode(t *testing.T, limit time.Duration) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.ProcessState.ExitCode()
	case <-time.After(limit):
		t.Fatalf("the worker did not end within %s", limit)
		return -1
	}
}

func (p *process) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, p.Process.Signal(syscall.SIGKILL))
	<-p.ended
}

// send submits a job that runs a program.
func (g *grid) send(id string, argv ...string) { g.sendAll(map[string][]string{id: argv}) }

func (g *grid) sendAll(programs map[string][]string) {
	g.t.Helper()
	var messages []queue.Message
	for id, argv := range programs {
		payload, err := json.Marshal(map[string]any{"argv": argv})
		require.NoError(g.t, err)
		body, err := job.Encode(job.Job{Version: job.Version, ID: id, Kind: "command", Payload: payload, SubmittedAt: time.Now().UTC()})
		require.NoError(g.t, err)
		messages = append(messages, queue.Message{ID: id, Body: body})
	}
	require.NoError(g.t, g.jobs.Send(g.t.Context(), messages...))
}

// await polls until the condition holds, at most limit, and says how long.
func (g *grid) await(what string, limit time.Duration, holds func() bool) time.Duration {
	g.t.Helper()
	start := time.Now()
	for !holds() {
		if time.Since(start) > limit {
			g.t.Fatalf("waited %s for: %s", limit, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return time.Since(start)
}

func (g *grid) isDone(id string) func() bool {
	return func() bool {
		done, err := g.volume.HasResult(id)
		require.NoError(g.t, err)
		return done
	}
}

// isRunning tells whether a worker says that it runs the job.
func (g *grid) isRunning(id string) func() bool {
	return func() bool {
		workers, _ := g.volume.Workers()
		for _, w := range workers {
			for _, running := range w.Jobs {
				if running == id {
					return true
				}
			}
		}
		return false
	}
}

func (g *grid) isEmpty() bool {
	stats, err := g.jobs.Stats(g.t.Context())
	return err == nil && stats == queue.Stats{}
}

// letters takes the dead letters.
func (g *grid) letters() []job.Job {
	g.t.Helper()
	got, err := g.dead.Receive(context.Background(), 100, 100*time.Millisecond)
	require.NoError(g.t, err)
	var letters []job.Job
	for _, d := range got {
		j, err := job.Decode(d.Body)
		require.NoError(g.t, err)
		letters = append(letters, j)
	}
	return letters
}

func outcomes(attempts []job.Attempt) string {
	var all []job.Outcome
	for _, a := range attempts {
		all = append(all, a.Outcome)
	}
	return fmt.Sprint(all)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
