package amdahl

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// timingsOf are those of a task whose serial fraction is known.
func timingsOf(seconds, fraction, noise float64, workers ...int) []Timing {
	rng := rand.New(rand.NewPCG(1, 1))
	var timings []Timing
	for _, p := range workers {
		t := seconds * (fraction + (1-fraction)/float64(p))
		timings = append(timings, Timing{p, t * (1 + noise*(2*rng.Float64()-1))})
	}
	return timings
}

func TestKnownSerialFractionIsFound(t *testing.T) {
	t.Parallel()
	for _, fraction := range []float64{0, 0.01, 0.1, 0.5, 1} {
		l, err := Fit(timingsOf(12, fraction, 0, 1, 2, 3, 4, 8))
		require.NoError(t, err)
		assert.InDelta(t, fraction, l.SerialFraction, 1e-12)
		assert.InDelta(t, 12, l.OneWorkerSeconds, 1e-9)
		assert.InDelta(t, 0, l.RelativeError, 1e-12)
	}
	l, err := Fit(timingsOf(12, 0.1, 0.02, 1, 2, 3, 4, 8, 1, 2, 3, 4, 8))
	require.NoError(t, err)
	assert.InDelta(t, 0.1, l.SerialFraction, 0.02, "timings that are off by up to 2 %")
	assert.InDelta(t, 0.01, l.RelativeError, 0.01)
}

func TestLawTellsWhenMoreWorkersStopPaying(t *testing.T) {
	t.Parallel()
	l := Law{SerialFraction: 0.05, OneWorkerSeconds: 100}
	assert.InDelta(t, 100, l.Seconds(1), 1e-9)
	assert.InDelta(t, 5+95.0/19, l.Seconds(19), 1e-9)
	assert.InDelta(t, 10, l.Speedup(19), 1e-9)
	assert.InDelta(t, 20, l.MaxSpeedup(), 1e-9)
	assert.Equal(t, 21, l.WorkersAt(0.5), "1 + 1/f")
	assert.Equal(t, 1, l.WorkersAt(1))
	for _, efficiency := range []float64{0.3, 0.5, 0.8} {
		p := l.WorkersAt(efficiency)
		assert.GreaterOrEqual(t, l.Speedup(p)/float64(p), efficiency-1e-9)
		assert.Less(t, l.Speedup(p+1)/float64(p+1), efficiency)
	}
	assert.Equal(t, maxWorkers, Law{OneWorkerSeconds: 1}.WorkersAt(0.5))
	assert.True(t, math.IsInf(Law{}.MaxSpeedup(), 1))
}

func TestTimingsThatNoLawFitsStayWithinIt(t *testing.T) {
	t.Parallel()
	l, err := Fit([]Timing{{1, 10}, {2, 4}, {4, 1}})
	require.NoError(t, err)
	assert.Zero(t, l.SerialFraction, "faster than the law allows")
	assert.Positive(t, l.RelativeError)
	l, err = Fit([]Timing{{1, 10}, {2, 12}, {4, 14}})
	require.NoError(t, err)
	assert.InDelta(t, 1, l.SerialFraction, 1e-12, "slower with more")
	assert.InDelta(t, 12, l.OneWorkerSeconds, 1e-9)
}

func TestFitListsAllFaults(t *testing.T) {
	t.Parallel()
	_, err := Fit([]Timing{{0, 1}, {0, math.NaN()}})
	for _, want := range []string{"timing 1 is of 0 workers", "timing 2 is NaN seconds", "timings are of 1 numbers of workers, want 2 or more"} {
		assert.ErrorContains(t, err, want)
	}
}

func TestPlotShowsMeasuredLawAndIdeal(t *testing.T) {
	t.Parallel()
	timings := timingsOf(12, 0.1, 0, 1, 2, 4)
	l, err := Fit(timings)
	require.NoError(t, err)
	var svg bytes.Buffer
	require.NoError(t, WritePlot(&svg, "a fit", timings, l, 8))
	for _, want := range []string{"<svg", "a fit", "measured", "10.0 % serial", "workers"} {
		assert.Contains(t, svg.String(), want)
	}
	for d := xml.NewDecoder(&svg); ; {
		if _, err := d.Token(); err != nil {
			require.ErrorIs(t, err, io.EOF, "well-formed")
			break
		}
	}
	full := errors.New("the disk is full")
	assert.ErrorIs(t, WritePlot(failing{full}, "a fit", timings, l, 8), full)
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, fmt.Errorf("writing: %w", f.err) }
