package agent

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

const (
	// sweepEvery is how often volumes are looked through.
	sweepEvery = time.Hour
	// sweepAge is how old a temporary file must be to be nobody's: longer than
	// any job runs.
	sweepAge = 24 * time.Hour
)

// sweepVolumes deletes what dead workers left half written, until ctx ends.
func (a *Agent) sweepVolumes(ctx context.Context) {
	t := time.NewTicker(sweepEvery)
	defer t.Stop()
	for {
		var volumes []api.Volume
		a.store.look(func(d *declared) { volumes = slices.Collect(maps.Values(d.Volumes)) })
		for _, v := range volumes {
			a.sweep(v)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

func (a *Agent) sweep(declared api.Volume) {
	v, err := volume.Open(volumeURL(declared))
	if err != nil {
		a.log.Warn("sweeping volume", "volume", declared.Name, "error", err)
		return
	}
	removed, err := v.Sweep(time.Now().Add(-sweepAge))
	if err != nil || removed > 0 {
		a.log.Info("swept volume", "volume", declared.Name, "removed", removed, "error", err)
	}
}
