package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// engine is a stack on the real engine, with the real provider, in folders of
// the test's own.
type engine struct {
	t     *testing.T
	ctx   context.Context
	place Place
	dir   string
	opts  []auto.LocalWorkspaceOption
	stack auto.Stack
}

// newEngine skips the test where the programs or Pulumi were not built.
func newEngine(t *testing.T) *engine {
	t.Helper()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	for _, program := range []string{"pulumi", "pulumi-resource-spotgrid", "spotgrid", "worker", "quote"} {
		if _, err := os.Stat(filepath.Join(root, "bin", program)); err != nil {
			t.Skipf("bin/%s is not built, run `make build`", program)
		}
	}
	dir := t.TempDir()
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: root})
	require.NoError(t, err)
	backend := filepath.Join(dir, "state")
	require.NoError(t, os.Mkdir(backend, 0o700))
	return &engine{
		t: t, ctx: t.Context(), dir: dir,
		place: Place{Root: dir, Programs: filepath.Join(root, "bin")},
		opts: []auto.LocalWorkspaceOption{
			auto.Pulumi(command),
			auto.PulumiHome(filepath.Join(dir, "home")),
			auto.EnvVars(map[string]string{
				"PULUMI_BACKEND_URL": "file://" + backend, "PULUMI_CONFIG_PASSPHRASE": "test", "PULUMI_SKIP_UPDATE_CHECK": "true",
			}),
			auto.Project(workspace.Project{
				Name: "spotgrid", Runtime: workspace.NewProjectRuntimeInfo("go", nil),
				Backend: &workspace.ProjectBackend{URL: "file://" + backend},
				Plugins: &workspace.Plugins{Providers: []workspace.PluginOptions{{Name: "spotgrid", Path: filepath.Join(root, "bin")}}},
			}),
		},
	}
}

// declare makes the stack's program that of the configuration.
func (e *engine) declare(s source) {
	e.t.Helper()
	loaded := load(e.t, s)
	stack, err := auto.UpsertStackInlineSource(e.ctx, "local", "spotgrid", Program(loaded, e.place), e.opts...)
	require.NoError(e.t, err)
	e.stack = stack
}

// up brings the stack up and returns how many resources saw which operation.
func (e *engine) up() map[string]int {
	e.t.Helper()
	res, err := e.stack.Up(e.ctx, optup.SuppressProgress())
	require.NoError(e.t, err)
	out, err := json.Marshal(map[string]any{"grid": res.Outputs["grid"].Value})
	require.NoError(e.t, err)
	require.NoError(e.t, os.WriteFile(e.gridFile(), out, 0o600))
	return *res.Summary.ResourceChanges
}

func (e *engine) gridFile() string { return filepath.Join(e.dir, "grid.json") }

// spotgrid runs the user's command on the grid and returns what it printed.
func (e *engine) spotgrid(args ...string) (string, error) {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.ctx, 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(e.place.Programs, "spotgrid"), append([]string{"--grid", e.gridFile()}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil {
		e.t.Logf("spotgrid %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.String(), err
}

// agentPID asks the agent for its process.
func (e *engine) agentPID() int {
	e.t.Helper()
	out, err := e.spotgrid("status", "--json")
	require.NoError(e.t, err)
	var s struct {
		PID int `json:"pid"`
	}
	require.NoError(e.t, json.Unmarshal([]byte(out), &s))
	return s.PID
}

// results maps the jobs of a batch to the number of their attempts.
func (e *engine) results(batch string) map[string]int {
	e.t.Helper()
	out, err := e.spotgrid("results", batch, "--json")
	require.NoError(e.t, err)
	attempts := map[string]int{}
	for line := range strings.Lines(out) {
		var r struct {
			ID       string            `json:"job_id"`
			Attempts []json.RawMessage `json:"attempts"`
		}
		require.NoError(e.t, json.Unmarshal([]byte(line), &r))
		assert.NotContains(e.t, attempts, r.ID, "one result a job")
		attempts[r.ID] = len(r.Attempts)
	}
	return attempts
}

// alive reports whether a process runs. One that has ended may still be listed
// until whoever inherited it has taken note.
func alive(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

// TestLocalGridLives takes a grid through its whole life on the real engine.
func TestLocalGridLives(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a grid through its whole life: not in a short run")
	}
	e := newEngine(t)
	config := source{
		"spotgrid:queue":     `{"leaseSeconds":10}`,
		"spotgrid:fleets":    `{"spot":{"maxWorkers":2,"jobsPerWorker":2,"idleSeconds":1}}`,
		"spotgrid:functions": `{"quote":{}}`,
	}
	e.declare(config)
	t.Cleanup(func() {
		// Whatever failed above: no process may stay behind.
		if _, err := e.stack.Destroy(context.Background(), optdestroy.SuppressProgress()); err != nil {
			t.Error("destroying what the test left:", err)
		}
	})
	assert.Equal(t, map[string]int{"create": 13}, e.up())

	t.Run("a second preview is empty", func(t *testing.T) {
		_, err := e.stack.Preview(e.ctx, optpreview.ExpectNoChanges(), optpreview.SuppressProgress())
		assert.NoError(t, err)
	})

	t.Run("jobs run and the fleet starts from zero", func(t *testing.T) {
		_, err := e.spotgrid("submit", "--batch", "first", "--count", "6", "--watch", "--", "echo", "hello")
		require.NoError(t, err)
		assert.Len(t, e.results("first"), 6)
	})

	t.Run("a function answers", func(t *testing.T) {
		payload := filepath.Join(t.TempDir(), "payload.json")
		require.NoError(t, os.WriteFile(payload, []byte(`{"jobs":10,"vcpu_seconds":3600}`), 0o600))
		out, err := e.spotgrid("invoke", "quote", payload)
		require.NoError(t, err)
		assert.Contains(t, out, `"cheapest"`)
	})

	t.Run("a changed fleet is an update", func(t *testing.T) {
		config["spotgrid:fleets"] = `{"spot":{"maxWorkers":3,"jobsPerWorker":1,"idleSeconds":1}}`
		e.declare(config)
		changes := e.up()
		assert.Equal(t, 2, changes["update"], "the component and its resource: %v", changes)
		assert.Equal(t, 11, changes["same"], "%v", changes)
	})

	t.Run("a killed agent is seen, and mended without a loss", func(t *testing.T) {
		_, err := e.spotgrid("submit", "--batch", "second", "--count", "8", "--", "sleep", "1")
		require.NoError(t, err)
		pid := e.agentPID()
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))

		refreshed, err := e.stack.Refresh(e.ctx)
		require.NoError(t, err)
		assert.Equal(t, 1, (*refreshed.Summary.ResourceChanges)["update"], "refresh sees the dead agent and nothing else: %v", *refreshed.Summary.ResourceChanges)

		changes := e.up()
		assert.Equal(t, 1, changes["update"], "only the agent is mended: %v", changes)
		_, err = e.spotgrid("watch", "second")
		require.NoError(t, err)
		assert.Len(t, e.results("second"), 8)
		assert.Len(t, e.results("first"), 6, "old results are still there")
	})

	t.Run("destroy leaves nothing", func(t *testing.T) {
		pid := e.agentPID()
		_, err := e.stack.Destroy(e.ctx, optdestroy.SuppressProgress())
		require.NoError(t, err)
		assert.Eventually(t, func() bool { return !alive(pid) }, 5*time.Second, 50*time.Millisecond, "the agent's process is gone")
		assert.NoDirExists(t, filepath.Join(e.dir, ".spotgrid", "grids", "local", "agent"))
		assert.NoDirExists(t, filepath.Join(e.dir, ".spotgrid", "grids", "local", "volumes", "grid-volume"))
		assert.Empty(t, processesWith(t, e.dir), "no worker or function is left")
	})
}

// processesWith lists the processes whose command line or environment names
// the folder.
func processesWith(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	require.NoError(t, err)
	var found []string
	for _, file := range files {
		if filepath.Base(filepath.Dir(file)) == strconv.Itoa(os.Getpid()) {
			continue
		}
		environ, _ := os.ReadFile(file)
		cmdline, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if bytes.Contains(environ, []byte(folder)) || bytes.Contains(cmdline, []byte(folder)) {
			found = append(found, filepath.Dir(file)+" "+string(bytes.ReplaceAll(cmdline, []byte{0}, []byte(" "))))
		}
	}
	return found
}
