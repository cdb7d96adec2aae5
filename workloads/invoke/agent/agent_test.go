package agent_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	gridagent "github.com/spotgrid/spotgrid/workloads/agent"
	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/launch"
	"github.com/spotgrid/spotgrid/workloads/agent/programs"
	"github.com/spotgrid/spotgrid/workloads/invoke"
	"github.com/spotgrid/spotgrid/workloads/invoke/agent"
	"github.com/spotgrid/spotgrid/workloads/invoke/invoketest"
)

func TestMain(m *testing.M) {
	invoketest.Play()
	os.Exit(m.Run())
}

// start runs an agent in this process and returns how to end it.
func start(t *testing.T, dir launch.Directory) (*api.Client, func()) {
	t.Helper()
	ready, ended := make(chan struct{}), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	o := gridagent.Options{
		Settings: launch.Settings{Directory: dir}, Log: slog.New(slog.DiscardHandler),
		Ready: func() { close(ready) },
	}
	go func() { ended <- gridagent.Run(ctx, o) }()
	select {
	case <-ready:
	case err := <-ended:
		require.NoError(t, err, "the agent did not start")
	}
	c, _, err := launch.Find(t.Context(), dir)
	require.NoError(t, err)
	return c, func() {
		cancel()
		assert.NoError(t, <-ended)
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	invoketest.Run(t, func(t *testing.T) invoketest.Harness {
		dir := launch.Directory(t.TempDir())
		client, stop := start(t, dir)
		t.Cleanup(stop)
		path, err := os.Executable()
		require.NoError(t, err)
		hash, err := programs.Hash(path)
		require.NoError(t, err)
		_, err = client.PutFunction(t.Context(), api.Function{
			Name: "grid-suite", Binary: path, BinarySHA256: hash,
			TimeoutSeconds: invoketest.TimeoutSeconds, MemoryMiB: 128, Concurrency: 1,
		})
		require.NoError(t, err)
		return invoketest.Harness{
			Driver: agent.New(client), Function: "grid-suite", Missing: "grid-gone",
			Log: func() string {
				b, err := os.ReadFile(filepath.Join(dir.Logs(), "function.grid-suite.log"))
				if err != nil {
					return err.Error()
				}
				return string(b)
			},
		}
	})
}

func TestADeadAgentIsUnavailable(t *testing.T) {
	t.Parallel()
	client, stop := start(t, launch.Directory(t.TempDir()))
	stop()
	d := agent.New(client)
	_, err := d.Invoke(t.Context(), "grid-suite", []byte("{}"))
	assert.Equal(t, invoke.KindUnavailable, d.Kind(err), "%v", err)
	assert.Equal(t, invoke.KindUnknown, d.Kind(io.EOF))
}
