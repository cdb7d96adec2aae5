package agent

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	awslambda "github.com/aws/aws-lambda-go/lambda"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/launch"
	"github.com/spotgrid/spotgrid/workloads/agent/programs"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
)

// TestMain lets the test binary play a worker and a function.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv("AWS_LAMBDA_RUNTIME_API") != "":
		awslambda.Start(func(_ context.Context, in map[string]string) (map[string]string, error) { return in, nil })
	case os.Getenv("SPOTGRID_WORKER") != "":
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGTERM)
		go func() {
			io.Copy(io.Discard, os.Stdin) // the lifeline
			asked <- syscall.SIGTERM
		}()
		<-asked
	default:
		os.Exit(m.Run())
	}
}

// running is an agent in this process.
type running struct {
	client *api.Client
	stop   func()
}

func options(dir string) Options {
	return Options{
		Settings: launch.Settings{Directory: launch.Directory(dir)},
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// startAgent runs an agent and returns when it serves.
func startAgent(t *testing.T, dir string) *running {
	t.Helper()
	ready, ended := make(chan struct{}), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	o := options(dir)
	o.Ready = func() { close(ready) }
	go func() { ended <- Run(ctx, o) }()
	select {
	case <-ready:
	case err := <-ended:
		t.Fatal("the agent did not start:", err)
	}
	c, _, err := launch.Find(t.Context(), launch.Directory(dir))
	require.NoError(t, err)
	stopped := false
	r := &running{client: c, stop: func() {
		if !stopped {
			stopped = true
			cancel()
			assert.NoError(t, <-ended)
		}
	}}
	t.Cleanup(r.stop)
	return r
}

// self is the test binary, as something to declare.
func self(t *testing.T) (path, hash string) {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	hash, err = programs.Hash(path)
	require.NoError(t, err)
	return path, hash
}

// declareAll declares one thing of each kind.
func declareAll(t *testing.T, c *api.Client, dir string) {
	t.Helper()
	ctx := t.Context()
	path, hash := self(t)
	for _, q := range []api.Queue{
		{Name: "dead", LeaseSeconds: 10, RetentionHours: 336},
		{Name: "work", LeaseSeconds: 10, MaxDeliveries: 5, RetentionHours: 96, DeadLetter: "dead"},
	} {
		_, err := c.PutQueue(ctx, q)
		require.NoError(t, err)
	}
	v, err := c.PutVolume(ctx, api.Volume{Name: "shared", Path: filepath.Join(dir, "volume")})
	require.NoError(t, err)
	_, err = c.PutFleet(ctx, api.Fleet{
		Name: "spot", Binary: path, BinarySHA256: hash, MinWorkers: 1, MaxWorkers: 2, JobsPerWorker: 1, Slots: 1,
		DrainSeconds: 5, Queue: "work", Environment: map[string]string{"SPOTGRID_VOLUME_URL": v.URL},
	})
	require.NoError(t, err)
	_, err = c.PutFunction(ctx, api.Function{Name: "echo", Binary: path, BinarySHA256: hash, TimeoutSeconds: 10, MemoryMiB: 128, Concurrency: 1})
	require.NoError(t, err)
}

func status(t *testing.T, c *api.Client) *api.Status {
	t.Helper()
	s, err := c.Status(t.Context())
	require.NoError(t, err)
	return s
}

func awaitWorker(t *testing.T, c *api.Client) api.Worker {
	t.Helper()
	var w api.Worker
	require.Eventually(t, func() bool {
		workers := status(t, c).Fleets[0].Workers
		if len(workers) > 0 {
			w = workers[0]
		}
		return len(workers) == 1
	}, 20*time.Second, 50*time.Millisecond)
	return w
}

func TestWhatWasDeclaredIsThereAgainAfterARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startAgent(t, filepath.Join(dir, "agent"))
	declareAll(t, first.client, dir)
	worker := awaitWorker(t, first.client)
	before := status(t, first.client)
	send(t, before, "job-1")
	first.stop()
	assert.ErrorIs(t, syscall.Kill(worker.PID, 0), syscall.ESRCH, "a stopped agent leaves no worker")

	second := startAgent(t, filepath.Join(dir, "agent"))
	after := status(t, second.client)
	assert.Equal(t, before.URL, after.URL, "addresses stay")
	assert.Equal(t, before.QueueURL, after.QueueURL, "addresses stay")
	require.Len(t, after.Queues, 2)
	assert.Equal(t, "dead", after.Queues[0].Name)
	assert.Equal(t, 1, after.Queues[1].Ready, "the job is still there")
	assert.Len(t, after.Volumes, 1)
	assert.NotEqual(t, worker.Name, awaitWorker(t, second.client).Name, "no name is used twice")
	answer, err := second.client.Invoke(t.Context(), "echo", []byte(`{"say":"hello"}`))
	require.NoError(t, err)
	assert.JSONEq(t, `{"say":"hello"}`, string(answer))
}

// send puts one message on the queue "work", as a client with the token does.
func send(t *testing.T, s *api.Status, id string) {
	t.Helper()
	q, err := queue.Open(t.Context(), s.Queues[1].URL, queue.Openers{"nats": nats.Open})
	require.NoError(t, err)
	defer q.Close()
	require.NoError(t, q.Send(t.Context(), queue.Message{ID: id, Body: []byte("{}")}))
}

func TestWhatIsDeletedIsGone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := startAgent(t, filepath.Join(dir, "agent"))
	declareAll(t, a.client, dir)
	worker := awaitWorker(t, a.client)
	for kind, name := range map[string]string{"fleets": "spot", "functions": "echo", "volumes": "shared", "queues": "work"} {
		require.NoError(t, a.client.Delete(t.Context(), kind, name))
		require.NoError(t, a.client.Delete(t.Context(), kind, name), "twice is fine")
	}
	s := status(t, a.client)
	assert.Empty(t, s.Fleets)
	assert.Empty(t, s.Functions)
	assert.Empty(t, s.Volumes)
	assert.Len(t, s.Queues, 1)
	assert.NoDirExists(t, filepath.Join(dir, "volume"))
	assert.ErrorIs(t, syscall.Kill(worker.PID, 0), syscall.ESRCH, "its process is gone")
}

func TestAnAgentNeverRunsTwice(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "agent")
	startAgent(t, dir)
	assert.ErrorIs(t, Run(t.Context(), options(dir)), launch.ErrRunning)
}

func TestAPortInUseIsSaid(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	for name, set := range map[string]func(*Options){
		"queue port": func(o *Options) { o.QueuePort = port },
		"agent port": func(o *Options) { o.HTTPPort = port },
	} {
		o := options(filepath.Join(t.TempDir(), "agent"))
		set(&o)
		err := Run(t.Context(), o)
		assert.ErrorContains(t, err, "in use", name)
		assert.ErrorContains(t, err, "choose another", name)
	}
}

func TestAFolderWithOtherFilesIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o600))
	assert.ErrorContains(t, Run(t.Context(), options(dir)), "holds other files")
	assert.ErrorContains(t, launch.Directory(dir).Purge(), "not an agent's")
	assert.FileExists(t, filepath.Join(dir, "thesis.txt"))
}

func TestOnlyTheTokenOpensTheDoor(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "agent")
	a := startAgent(t, dir)
	info, err := os.Stat(launch.Directory(dir).Token())
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	for _, path := range []string{"/v1/status", "/v1/fleets/x", "/2015-03-31/functions/x/invocations", "/metadata/guess/latest/meta-data/instance-id"} {
		res, err := http.Get(a.client.URL + path)
		require.NoError(t, err)
		res.Body.Close()
		assert.Contains(t, []int{http.StatusUnauthorized, http.StatusNotFound}, res.StatusCode, path)
	}
}

func TestABadDeclarationListsAllItsFaults(t *testing.T) {
	t.Parallel()
	a := startAgent(t, filepath.Join(t.TempDir(), "agent"))
	_, err := a.client.PutFleet(t.Context(), api.Fleet{Name: "spot", Binary: "worker", MaxWorkers: 0, Slots: 0})
	require.Error(t, err)
	for _, want := range []string{"binary is", "binary_sha256", "max_workers", "slots", "queue is", "jobs_per_worker"} {
		assert.ErrorContains(t, err, want)
	}
	assert.Empty(t, status(t, a.client).Fleets)
	_, hash := self(t)
	_, err = a.client.PutFunction(t.Context(), api.Function{Name: "x", Binary: "/nowhere/x", BinarySHA256: hash[:63] + "0", TimeoutSeconds: 1, MemoryMiB: 128, Concurrency: 1})
	assert.ErrorContains(t, err, "/nowhere/x")
	err = a.client.Interrupt(t.Context(), "nobody", 1)
	assert.ErrorContains(t, err, `no worker "nobody"`)
	assert.True(t, strings.HasPrefix(err.Error(), `interrupting worker "nobody"`))
}
