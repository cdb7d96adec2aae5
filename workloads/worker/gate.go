package worker

import (
	"context"
	"log/slog"
	"sync"

	"github.com/spotgrid/spotgrid/workloads/volume"
)

// gate is shut while the volume takes no writes, so that no jobs are run whose
// results could not be kept.
type gate struct {
	volume *volume.Volume
	log    *slog.Logger
	rand   func() float64
	report func(error)

	mu   sync.Mutex
	shut bool
}

// fail shuts the gate. Many jobs may find the same trouble: it is logged once.
func (g *gate) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return
	}
	g.shut = true
	g.report(err)
	g.log.Error("the volume takes no writes; no jobs are received until it does", "error", err)
}

// wait returns when the gate is open, or false when ctx ended.
func (g *gate) wait(ctx context.Context) bool {
	for failures := 1; g.isShut(); failures++ {
		if !pause(ctx, backoff(failures, minProbeDelay, maxProbeDelay, g.rand())) {
			return false
		}
		if g.volume.WithContext(ctx).Probe() == nil {
			g.open()
		}
	}
	return ctx.Err() == nil
}

func (g *gate) isShut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = false
	g.report(nil)
	g.log.Info("the volume takes writes again")
}
