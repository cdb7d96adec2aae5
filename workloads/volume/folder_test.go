package volume_test

import (
	"path/filepath"
	"testing"

	"github.com/spotgrid/spotgrid/workloads/volume/volumetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	volumetest.Run(t, volumetest.Harness{NewURL: func(t *testing.T) string {
		return "file://" + filepath.Join(t.TempDir(), "grid")
	}})
}
