package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

// counting is a kind that counts to 3, a step an attempt.
func counting(step func(at int) error) job.Kind {
	return kind{"count", func(ctx context.Context, task job.Task) (json.RawMessage, error) {
		kept, err := task.Checkpoint.Load(ctx)
		if err != nil {
			return nil, err
		}
		at, _ := strconv.Atoi(string(kept))
		at++
		return json.RawMessage(strconv.Itoa(at)), errors.Join(task.Checkpoint.Save(ctx, []byte(strconv.Itoa(at))), step(at))
	}}
}

func TestJobGoesOnFromItsCheckpointWhichGoesWithIt(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		stop := g.start()
		g.send("j", "count")
		g.awaitEmpty()
		require.NoError(t, stop())
		assert.JSONEq(t, "3", string(g.result("j").Result))
		assert.Len(t, g.attempts("j"), 2, "two failed")
		assert.Empty(t, filesBelow(t, g.volume.Path(), "checkpoints"))
	}, counting(func(at int) error {
		if at < 3 {
			return errors.New("not yet")
		}
		return nil
	}))
}

func TestJobThatIsGivenUpLeavesNoCheckpoint(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		stop := g.start()
		g.send("j", "count")
		g.awaitEmpty()
		require.NoError(t, stop())
		_, err := g.volume.Dead("j")
		require.NoError(t, err)
		assert.Empty(t, filesBelow(t, g.volume.Path(), "checkpoints"))
	}, counting(func(int) error { return job.Reject(errors.New("never")) }))
}

func TestJobsReadAndWriteFilesOfTheVolume(t *testing.T) {
	t.Parallel()
	copies := kind{"copy", func(_ context.Context, task job.Task) (json.RawMessage, error) {
		data, err := task.Files.ReadFile("in.txt")
		if err != nil {
			return nil, err
		}
		return data, task.Files.WriteFile("out.txt", data, 0o600)
	}}
	simulate(t, func(t *testing.T, g *grid) {
		require.NoError(t, os.WriteFile(filepath.Join(g.volume.Path(), "files", "in.txt"), []byte(`"hello"`), 0o600))
		stop := g.start()
		g.send("j", "copy")
		g.awaitEmpty()
		require.NoError(t, stop())
		data, err := os.ReadFile(filepath.Join(g.volume.Path(), "files", "out.txt"))
		require.NoError(t, err)
		assert.Equal(t, `"hello"`, string(data))
	}, copies)
}

func TestJobWaitsForTheFolderOfFilesToComeBack(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		folder := filepath.Join(g.volume.Path(), "files")
		require.NoError(t, os.Rename(folder, folder+".away"))
		stop := g.start(func(c *worker.Config) { c.Slots = 1 })
		g.send("j", "count")
		time.Sleep(time.Minute) // simulated
		g.hasNoResult("j")
		require.NoError(t, os.Rename(folder+".away", folder))
		g.awaitEmpty()
		require.NoError(t, stop())
		assert.JSONEq(t, "1", string(g.result("j").Result), "the job was not given up")
	}, counting(func(int) error { return nil }))
}

// filesBelow are the files below a folder of the volume.
func filesBelow(t *testing.T, root, folder string) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(filepath.Join(root, folder), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	return names
}
