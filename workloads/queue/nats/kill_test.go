package nats_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
)

// Environment of the server process that a test kills.
const (
	childStore = "SPOTGRID_TEST_STORE"
	childPort  = "SPOTGRID_TEST_PORT"
)

func TestMain(m *testing.M) {
	if store := os.Getenv(childStore); store != "" {
		if err := serve(store, os.Getenv(childPort)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve runs a server until the process is killed.
func serve(store, port string) error {
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: number, JetStream: true, StoreDir: store, NoLog: true, NoSigs: true,
	})
	if err != nil {
		return err
	}
	s.Start()
	s.WaitForShutdown()
	return nil
}

// process is a server in a process of its own.
type process struct {
	store, port string
	command     *exec.Cmd
}

func startProcess(t *testing.T) *process {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	p := &process{store: t.TempDir(), port: port}
	p.start(t)
	t.Cleanup(func() { p.kill(t) })
	return p
}

func (p *process) start(t *testing.T) {
	t.Helper()
	p.command = exec.Command(os.Args[0])
	p.command.Env = append(os.Environ(), childStore+"="+p.store, childPort+"="+p.port)
	p.command.Stderr = os.Stderr
	require.NoError(t, p.command.Start())
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+p.port)
		return err == nil && c.Close() == nil
	}, 20*time.Second, 20*time.Millisecond, "the server process did not start")
}

// kill is kill -9.
func (p *process) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, p.command.Process.Kill())
	_ = p.command.Wait() // it says that it was killed
}

func TestKilledServerLosesNeitherMessagesNorAcks(t *testing.T) {
	t.Parallel()
	const count, taken, acked = 500, 100, 60
	p := startProcess(t)
	address := "nats://127.0.0.1:" + p.port
	nc, err := nats.Connect(t.Context(), address, "")
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	require.NoError(t, nats.DeclareUnchecked(t.Context(), js, nats.Spec{Name: "jobs", LeaseSeconds: 3, RetentionHours: 1}))
	u, err := url.Parse(address + "/jobs")
	require.NoError(t, err)
	d, err := nats.Open(t.Context(), u)
	require.NoError(t, err)
	q := queue.New(d, patient)
	t.Cleanup(func() { require.NoError(t, q.Close()) })

	require.NoError(t, q.Send(t.Context(), numbered(count)...))
	gone := map[string]bool{}
	first, err := q.Receive(t.Context(), taken, 5*time.Second)
	require.NoError(t, err)
	require.Len(t, first, taken)
	for _, m := range first[:acked] {
		require.NoError(t, q.Ack(t.Context(), m))
		gone[string(m.Body)] = true
	}
	p.kill(t)
	p.start(t)

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for len(gone) < count {
		got, err := q.Receive(ctx, 100, time.Second)
		require.NoError(t, err, "%d of %d messages were lost", count-len(gone), count)
		for _, m := range got {
			require.False(t, gone[string(m.Body)], "%s came again after its Ack", m.Body)
			require.NoError(t, q.Ack(ctx, m))
			gone[string(m.Body)] = true
		}
	}
}
