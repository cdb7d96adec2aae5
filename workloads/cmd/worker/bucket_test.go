package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/mototest"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

var buckets atomic.Int64

// newBucketGrid has its volume in a bucket of S3's API, as moto answers it. Nobody
// has made it a volume yet.
func newBucketGrid(t *testing.T, moto mototest.Server, leaseSeconds int) *grid {
	t.Helper()
	g := newGrid(t, leaseSeconds)
	name := fmt.Sprint("grid-", buckets.Add(1))
	owner := awss3.NewFromConfig(moto.Config(t), func(o *awss3.Options) { o.UsePathStyle = true })
	_, err := owner.CreateBucket(t.Context(), &awss3.CreateBucketInput{
		Bucket: &name, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: mototest.Region},
	})
	require.NoError(t, err)
	g.volumeURL = "s3://" + name + "/volume?region=" + mototest.Region
	g.environment = moto.Environment()
	return g
}

// open makes and opens the volume as a worker's machine does.
func (g *grid) open() {
	g.t.Helper()
	lookup := func(string) (string, bool) { return g.volumeURL, true }
	require.NoError(g.t, makeVolume(lookup))
	var err error
	g.volume, err = volume.OpenURL(g.t.Context(), g.volumeURL, volumeOpeners)
	require.NoError(g.t, err)
}

// TestVolumeInABucket runs workers whose volume is on object storage.
func TestVolumeInABucket(t *testing.T) {
	t.Parallel()
	g := newBucketGrid(t, mototest.Need(t), 4)
	early := g.start("early")
	assert.Equal(t, exitError, early.exitCode(t, 20*time.Second))
	assert.Contains(t, early.stderr.String(), "there is no volume, or no such bucket")
	g.open()

	first := g.start("first")
	g.send("long", "sleep", "3")
	g.await("the job runs", 20*time.Second, g.isLeased)
	first.kill(t)
	second := g.start("second", "SPOTGRID_SLOTS=4", "SPOTGRID_DRAIN_SECONDS=1")
	g.send("poison", "cat", "/does/not/exist")
	g.send("loud", "echo", "said by the job")
	g.await("the jobs are over", 30*time.Second, g.isEmpty)

	r, err := g.volume.Result("long")
	require.NoError(t, err)
	assert.Equal(t, "second", r.Worker)
	assert.Equal(t, "[lost succeeded]", outcomes(r.Attempts))
	r, err = g.volume.Result("loud")
	require.NoError(t, err)
	assert.Contains(t, g.log(t, "loud", 1), "said by the job")
	assert.Equal(t, volume.LogPath("loud", 1), r.Log)
	d, err := g.volume.Dead("poison")
	require.NoError(t, err)
	assert.Equal(t, "[failed failed failed]", outcomes(d.Attempts))
	assert.Len(t, g.letters(), 1)

	w, err := g.volume.Worker("second")
	require.NoError(t, err)
	assert.Equal(t, 60, w.PeriodSeconds, "what is written is paid for")
	require.NoError(t, second.Process.Signal(syscall.SIGTERM))
	assert.Equal(t, exitDrained, second.exitCode(t, 15*time.Second))
	states, err := g.volume.Workers()
	require.NoError(t, err)
	require.Len(t, states, 1, "the worker that was killed left its own")
	assert.Equal(t, "first", states[0].Name)
}

func (g *grid) isLeased() bool {
	stats, err := g.jobs.Stats(g.t.Context())
	return err == nil && stats.Leased > 0
}

func (g *grid) log(t *testing.T, id string, number int) string {
	t.Helper()
	log, err := g.volume.OpenLog(id, number)
	require.NoError(t, err)
	defer log.Close()
	text, err := io.ReadAll(log)
	require.NoError(t, err)
	return string(text)
}

func TestFilesOfAVolumeInABucketAreInAFolderOfTheirOwn(t *testing.T) {
	t.Parallel()
	ctx, moto := context.Background(), mototest.Need(t)
	g := newBucketGrid(t, moto, 30)
	g.open()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "in.txt"), []byte("input"), 0o600))
	for files, want := range map[string]error{"": volume.ErrNoFiles, "file://" + folder: nil} {
		v, err := openVolume(ctx, settings{VolumeURL: g.volumeURL, FilesURL: files})
		require.NoError(t, err)
		root, err := v.Files()
		require.ErrorIs(t, err, want)
		if want == nil {
			text, err := root.ReadFile("in.txt")
			require.NoError(t, err)
			assert.Equal(t, "input", string(text))
			require.NoError(t, root.Close())
		}
	}
	_, err := openVolume(ctx, settings{VolumeURL: g.volumeURL, FilesURL: "s3://elsewhere"})
	assert.ErrorContains(t, err, `SPOTGRID_FILES_URL: scheme is "s3", want file`)
	_, err = openVolume(ctx, settings{VolumeURL: "s3://b/../x?region=mars&endpoint=evil"})
	for _, fault := range []string{`bucket is "b"`, `prefix is "../x"`, `region is "mars"`, `parameter "endpoint" is not known`} {
		assert.ErrorContains(t, err, fault)
	}
	_, err = openVolume(ctx, settings{VolumeURL: "s3://no-such-bucket/x?region=" + mototest.Region})
	assert.ErrorContains(t, err, "no such bucket")
}
