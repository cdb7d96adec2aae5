package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/agent/launch"
	"github.com/spotgrid/spotgrid/workloads/agent/programs"
)

// program is the spotgrid command, built once for all tests: the real agent.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "provider-test-")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "spotgrid")
	build := exec.Command("go", "build", "-o", program, "./workloads/cmd/spotgrid")
	build.Dir = filepath.Join("..", "..")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func server(t *testing.T) integration.Server {
	t.Helper()
	provider, err := build()
	require.NoError(t, err)
	s, err := integration.NewServer(context.Background(), "spotgrid", semver.MustParse(version), integration.WithProvider(provider))
	require.NoError(t, err)
	return s
}

// grid is a running agent, created through the provider.
type grid struct {
	t         *testing.T
	server    integration.Server
	directory string
	inputs    property.Map
	state     property.Map
}

func newGrid(t *testing.T) *grid {
	t.Helper()
	g := &grid{t: t, server: server(t), directory: filepath.Join(t.TempDir(), "agent")}
	hash, err := programs.Hash(program)
	require.NoError(t, err)
	g.inputs = object("directory", g.directory, "program", program, "programSha256", hash)
	created := g.create("Agent", g.inputs)
	g.state = created.Properties
	t.Cleanup(func() {
		require.NoError(t, g.server.Delete(p.DeleteRequest{ID: g.directory, Urn: g.urn("Agent"), Properties: g.state}))
		assert.NoDirExists(t, g.directory)
	})
	return g
}

func (g *grid) urn(kind string) resource.URN {
	return resource.URN("urn:pulumi:test::spotgrid::spotgrid:local:" + kind + "::it")
}

func (g *grid) create(kind string, inputs property.Map) p.CreateResponse {
	g.t.Helper()
	checked, err := g.server.Check(p.CheckRequest{Urn: g.urn(kind), Inputs: inputs})
	require.NoError(g.t, err)
	require.Empty(g.t, checked.Failures)
	created, err := g.server.Create(p.CreateRequest{Urn: g.urn(kind), Properties: checked.Inputs})
	require.NoError(g.t, err)
	return created
}

// differences lists what Diff reports, by property.
func (g *grid) differences(kind, id string, state, inputs property.Map) map[string]p.DiffKind {
	g.t.Helper()
	d, err := g.server.Diff(p.DiffRequest{ID: id, Urn: g.urn(kind), State: state, Inputs: inputs})
	require.NoError(g.t, err)
	kinds := map[string]p.DiffKind{}
	for property, one := range d.DetailedDiff {
		kinds[property] = one.Kind
	}
	assert.Equal(g.t, len(kinds) > 0, d.HasChanges)
	return kinds
}

// queue declares a queue on the grid's agent.
func (g *grid) queue(leaseSeconds int) property.Map {
	return object("directory", g.directory, "server", g.state.Get("server").AsString(), "name", "jobs",
		"leaseSeconds", float64(leaseSeconds), "maxDeliveries", 0.0, "retentionHours", 96.0)
}

// object makes a property map of names and values.
func object(pairs ...any) property.Map {
	m := map[string]property.Value{}
	for i := 0; i < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case string:
			m[pairs[i].(string)] = property.New(v)
		case float64:
			m[pairs[i].(string)] = property.New(v)
		}
	}
	return property.NewMap(m)
}

func with(m property.Map, name string, v property.Value) property.Map { return m.Set(name, v) }

func TestAnAgentIsSeenDeadAndMended(t *testing.T) {
	t.Parallel()
	g := newGrid(t)
	assert.Empty(t, g.differences("Agent", g.directory, g.state, g.inputs), "nothing changed")

	_, before, err := launch.Find(t.Context(), launch.Directory(g.directory))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(before.PID, syscall.SIGKILL))
	assert.Equal(t, map[string]p.DiffKind{"running": p.Update}, g.differences("Agent", g.directory, g.state, g.inputs))

	read, err := g.server.Read(p.ReadRequest{ID: g.directory, Urn: g.urn("Agent"), Inputs: g.inputs, Properties: g.state})
	require.NoError(t, err)
	assert.Equal(t, g.directory, read.ID, "it is not gone: its files are there")
	assert.False(t, read.Properties.Get("running").AsBool())

	updated, err := g.server.Update(p.UpdateRequest{ID: g.directory, Urn: g.urn("Agent"), State: read.Properties, Inputs: g.inputs})
	require.NoError(t, err)
	assert.True(t, updated.Properties.Get("running").AsBool())
	assert.Equal(t, g.state.Get("url"), updated.Properties.Get("url"), "addresses stay")
	_, after, err := launch.Find(t.Context(), launch.Directory(g.directory))
	require.NoError(t, err)
	assert.NotEqual(t, before.PID, after.PID)
}

func TestAQueueChangesInPlaceAndIsFoundMissing(t *testing.T) {
	t.Parallel()
	g := newGrid(t)
	inputs := g.queue(30)
	created := g.create("Queue", inputs)
	assert.Contains(t, created.Properties.Get("url").AsString(), "/jobs?token_file=")

	assert.Empty(t, g.differences("Queue", created.ID, created.Properties, inputs))
	assert.Equal(t, map[string]p.DiffKind{"leaseSeconds": p.Update}, g.differences("Queue", created.ID, created.Properties, g.queue(60)))
	renamed := with(inputs, "name", property.New("others"))
	assert.Equal(t, map[string]p.DiffKind{"name": p.UpdateReplace}, g.differences("Queue", created.ID, created.Properties, renamed))

	updated, err := g.server.Update(p.UpdateRequest{ID: created.ID, Urn: g.urn("Queue"), State: created.Properties, Inputs: g.queue(60)})
	require.NoError(t, err)
	client, s, err := launch.Find(t.Context(), launch.Directory(g.directory))
	require.NoError(t, err)
	require.Len(t, s.Queues, 1)
	assert.Equal(t, 60, s.Queues[0].LeaseSeconds)

	require.NoError(t, client.Delete(t.Context(), "queues", "jobs")) // behind Pulumi's back
	read, err := g.server.Read(p.ReadRequest{ID: created.ID, Urn: g.urn("Queue"), Inputs: inputs, Properties: updated.Properties})
	require.NoError(t, err)
	assert.Empty(t, read.ID, "a refresh sees that it is gone")
	require.NoError(t, g.server.Delete(p.DeleteRequest{ID: created.ID, Urn: g.urn("Queue"), Properties: updated.Properties}), "deleting what is gone is fine")
}

func TestAVolumeIsAFolderThatOnlyItselfMayDelete(t *testing.T) {
	t.Parallel()
	g := newGrid(t)
	path := filepath.Join(t.TempDir(), "volume")
	inputs := object("directory", g.directory, "name", "shared", "path", path)
	created := g.create("Volume", inputs)
	assert.Equal(t, "file://"+path, created.Properties.Get("url").AsString())
	assert.DirExists(t, path)
	assert.Equal(t, map[string]p.DiffKind{"path": p.UpdateReplace},
		g.differences("Volume", created.ID, created.Properties, with(inputs, "path", property.New(path+"2"))), "files are not moved behind anybody's back")

	taken := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(taken, "thesis.txt"), nil, 0o600))
	_, err := g.server.Create(p.CreateRequest{Urn: g.urn("Volume"), Properties: object("directory", g.directory, "name", "other", "path", taken)})
	assert.Error(t, err, "a folder with somebody's files is no volume")

	require.NoError(t, g.server.Delete(p.DeleteRequest{ID: created.ID, Urn: g.urn("Volume"), Properties: created.Properties}))
	assert.NoDirExists(t, path)
	assert.FileExists(t, filepath.Join(taken, "thesis.txt"))
}

func TestAFleetGoesByItsProgramsContent(t *testing.T) {
	t.Parallel()
	g := newGrid(t)
	hash, err := programs.Hash(program)
	require.NoError(t, err)
	g.create("Queue", g.queue(30))
	inputs := object("directory", g.directory, "name", "spot", "binary", program, "binarySha256", hash,
		"minWorkers", 0.0, "maxWorkers", 2.0, "jobsPerWorker", 4.0, "slots", 1.0, "drainSeconds", 5.0, "idleSeconds", 5.0, "queue", "jobs")
	created := g.create("Fleet", inputs)

	assert.Empty(t, g.differences("Fleet", created.ID, created.Properties, with(inputs, "binary", property.New("/elsewhere/worker"))), "where it was built is of no account")
	assert.Equal(t, map[string]p.DiffKind{"binarySha256": p.Update},
		g.differences("Fleet", created.ID, created.Properties, with(inputs, "binarySha256", property.New(strings.Repeat("0", 64)))))
	assert.Equal(t, map[string]p.DiffKind{"maxWorkers": p.Update},
		g.differences("Fleet", created.ID, created.Properties, with(inputs, "maxWorkers", property.New(7.0))))

	_, err = g.server.Update(p.UpdateRequest{ID: created.ID, Urn: g.urn("Fleet"), State: created.Properties, Inputs: with(inputs, "maxWorkers", property.New(0.0))})
	assert.ErrorContains(t, err, "max_workers is 0, want 1..1000")
	require.NoError(t, g.server.Delete(p.DeleteRequest{ID: created.ID, Urn: g.urn("Fleet"), Properties: created.Properties}))
}

func TestAFunctionIsServedAtItsURL(t *testing.T) {
	t.Parallel()
	g := newGrid(t)
	hash, err := programs.Hash(program)
	require.NoError(t, err)
	inputs := object("directory", g.directory, "server", g.state.Get("url").AsString(), "name", "quote", "binary", program,
		"binarySha256", hash, "timeoutSeconds", 5.0, "memoryMib", 128.0, "concurrency", 1.0)
	created := g.create("Function", inputs)
	assert.Equal(t, g.state.Get("url").AsString()+"/2015-03-31/functions/quote/invocations", created.Properties.Get("url").AsString())
	assert.Equal(t, map[string]p.DiffKind{"timeoutSeconds": p.Update},
		g.differences("Function", created.ID, created.Properties, with(inputs, "timeoutSeconds", property.New(6.0))))
	require.NoError(t, g.server.Delete(p.DeleteRequest{ID: created.ID, Urn: g.urn("Function"), Properties: created.Properties}))
}

func TestADeadAgentIsNoObstacleToDeleting(t *testing.T) {
	t.Parallel()
	g := newGrid(t)
	created := g.create("Queue", g.queue(30))
	_, s, err := launch.Find(t.Context(), launch.Directory(g.directory))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(s.PID, syscall.SIGKILL))
	read, err := g.server.Read(p.ReadRequest{ID: created.ID, Urn: g.urn("Queue"), Inputs: g.queue(30), Properties: created.Properties})
	require.NoError(t, err)
	assert.Equal(t, created.ID, read.ID, "of a dead agent's queue nothing is known, so nothing is claimed")
	require.NoError(t, g.server.Delete(p.DeleteRequest{ID: created.ID, Urn: g.urn("Queue"), Properties: created.Properties}))
	_, err = g.server.Create(p.CreateRequest{Urn: g.urn("Queue"), Properties: g.queue(30)})
	assert.ErrorContains(t, err, "pulumi up", "the error says what to do")
}

func TestAPreviewChangesNothing(t *testing.T) {
	t.Parallel()
	s := server(t)
	directory := filepath.Join(t.TempDir(), "agent")
	inputs := object("directory", directory, "program", program, "programSha256", strings.Repeat("0", 64))
	_, err := s.Create(p.CreateRequest{Urn: "urn:pulumi:test::spotgrid::spotgrid:local:Agent::it", Properties: inputs, DryRun: true})
	require.NoError(t, err)
	assert.NoDirExists(t, directory)
}
