package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func report() Report {
	return Report{
		Date:    "2026-01-31",
		Machine: Machine{Cores: 2, CPU: "Model T", OS: "linux/amd64", Go: "1.26.0", Python: "3.11.7"},
		Outcomes: []Outcome{
			{
				Name: "fast", Peer: "Numba", Versions: []string{"numba 0.1", "numpy 2"}, Threads: 2, Rounds: 11, OursSeconds: 2.5e-7, PeerSeconds: 0.001,
				Ratio: &Spread{0.1, 0.2, 0.25, 0.3, 0.9}, Aim: 0.5, Notes: []string{"ours: in Go", "Numba: in Python"},
			},
			{Name: "slow", Peer: "OpenCV", Threads: 1, Rounds: 5, OursSeconds: 3, PeerSeconds: 2, Ratio: &Spread{1.4, 1.45, 1.5, 1.6, 1.7}, Aim: 1},
			{Name: "free", Peer: "OpenCV", Threads: 1, Rounds: 5, OursSeconds: 2, PeerSeconds: 2, Ratio: &Spread{1, 1, 1, 1, 1}},
			{Name: "absent", Peer: "scikit-learn", Aim: 0.8, Reason: "No module named 'sklearn'"},
		},
	}
}

func TestThePageShowsFiguresAimsAndWhatIsMissing(t *testing.T) {
	t.Parallel()
	page := report().page()
	for _, want := range []string{
		"Measured on 2026-01-31, on 2 cores of Model T, linux/amd64, Go 1.26.0, Python 3.11.7.",
		"| fast | Numba (numba 0.1, numpy 2) | 2 | 11 | 250 ns | 1 ms | 0.25 | 0.20..0.30 | 0.50 | met |",
		"| slow | OpenCV | 1 | 5 | 3 s | 2 s | 1.50 | 1.45..1.60 | 1.00 | not met |",
		"| free | OpenCV | 1 | 5 | 2 s | 2 s | 1.00 | 1.00..1.00 | - | no aim |",
		"**No ratio:**\n\n- absent, beside scikit-learn: No module named 'sklearn'\n",
		"**Notes:**\n\n- fast: ours: in Go; Numba: in Python\n",
		"](benchmarks/ratios.svg)",
	} {
		assert.Contains(t, page, want)
	}
	assert.NotContains(t, page, "| absent")
}

func TestTheTableForATerminalShowsTheSame(t *testing.T) {
	t.Parallel()
	table := report().table()
	assert.Regexp(t, `fast +Numba +250 ns +1 ms +0\.250 +0\.200\.\.0\.300 +0\.50 +met\n`, table)
	assert.Regexp(t, `absent +scikit-learn +- +- +- +- +0\.80 +no ratio\n`, table)
	assert.Contains(t, table, "absent: no ratio: No module named 'sklearn'\n")
}

func TestThePlotIsSVGWithEveryMeasuredCase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, report().write(dir))
	svg, err := os.Open(filepath.Join(dir, "benchmarks", "ratios.svg"))
	require.NoError(t, err)
	defer svg.Close()
	texts := map[string]bool{}
	d := xml.NewDecoder(svg)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if text, ok := token.(xml.CharData); ok {
			texts[string(text)] = true
		}
	}
	for _, want := range []string{"fast", "slow", "free"} {
		assert.True(t, texts[want], "%q is in %v", want, texts)
	}
	assert.False(t, texts["absent"])
}

func TestTheAxisHoldsAllRatiosAndAims(t *testing.T) {
	t.Parallel()
	low, high := report().rows().decades()
	assert.InDelta(t, 0.1, low, 1e-12)
	assert.InDelta(t, 10, high, 1e-12)
	assert.Equal(t, []string{"free", "slow", "fast"}, report().rows().names, "from the bottom up")
}

func TestQuantilesAreThoseOfNumPy(t *testing.T) {
	t.Parallel()
	// numpy.quantile([4, 1, 3, 2], [0, .25, .5, .75, 1])
	assert.Equal(t, Spread{1, 1.75, 2.5, 3.25, 4}, spread([]float64{4, 1, 3, 2}))
	assert.Equal(t, Spread{7, 7, 7, 7, 7}, spread([]float64{7}))
}

func TestDurationsHaveThreeDigits(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[float64]string{
		74.43e-9: "74.4 ns", 1.5e-6: "1.5 µs", 0.00146: "1.46 ms", 0.25: "250 ms", 12.345: "12.3 s",
	} {
		assert.Equal(t, want, duration(seconds))
	}
}

func TestTheCPUModelIsFound(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "AMD EPYC 9R14", cpuModel("processor\t: 0\nmodel\t\t: 17\nmodel name\t: AMD EPYC 9R14\nflags\t: fpu\n"))
	assert.Equal(t, "a CPU of unknown model", cpuModel(""))
}
