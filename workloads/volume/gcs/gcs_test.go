package gcs_test

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/fsouza/fake-gcs-server/fakestorage"

	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/volume/gcs"
	"github.com/spotgrid/spotgrid/workloads/volume/volumetest"
)

const bucket = "grid-volume"

var openers = volume.Openers{"gs": gcs.Open}

// TestMain runs an emulator of Cloud Storage in this process.
func TestMain(m *testing.M) {
	server, err := fakestorage.NewServerWithOptions(fakestorage.Options{Scheme: "http", Host: "127.0.0.1"})
	if err != nil {
		panic(err)
	}
	server.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: bucket})
	if err := os.Setenv("STORAGE_EMULATOR_HOST", server.URL()); err != nil {
		panic(err)
	}
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

var prefixes atomic.Int64

// newURL is a part of the bucket that nothing else uses.
func newURL(*testing.T) string { return fmt.Sprintf("gs://%s/part-%d", bucket, prefixes.Add(1)) }

func TestConformance(t *testing.T) {
	t.Parallel()
	volumetest.Run(t, volumetest.Harness{NewURL: newURL, Openers: openers})
}
