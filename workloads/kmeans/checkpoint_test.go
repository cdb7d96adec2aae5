package kmeans

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// memory is a checkpoint that remembers all that was saved.
type memory struct {
	saved [][]byte
	err   error
}

func (m *memory) Load(context.Context) ([]byte, error) {
	if len(m.saved) == 0 {
		return nil, m.err
	}
	return m.saved[len(m.saved)-1], m.err
}

func (m *memory) Save(_ context.Context, data []byte) error {
	m.saved = append(m.saved, slices.Clone(data))
	return m.err
}

// hours is a clock on which saving costs nothing and an iteration takes an hour.
func hours(o *Options) {
	now := time.Unix(0, 0)
	o.Now = func() time.Time { return now }
	o.Progress = func(Progress) { now = now.Add(time.Hour) }
}

func TestResumedFitEqualsAnUnbrokenOneBitForBit(t *testing.T) {
	t.Parallel()
	d := noise(8, 3000, 4)
	for _, algorithm := range []Algorithm{Lloyd, Hamerly, Yinyang} {
		t.Run(string(algorithm), func(t *testing.T) {
			t.Parallel()
			o := Options{Clusters: 12, Seed: 3, Restarts: 3, MaxIterations: 15, Tolerance: 1e-3, Algorithm: algorithm, Parts: 2}
			m := &memory{}
			o.Checkpoint = m
			hours(&o)
			want := fit(t, d, o)
			require.Greater(t, len(m.saved), 20, "an iteration each, of three restarts")
			for i, saved := range m.saved {
				o.Checkpoint = &memory{saved: [][]byte{saved}}
				o.Threads = 1 + i%3
				got := fit(t, d, o)
				assert.Positive(t, got.Resumed, "state %d", i)
				got.Resumed = 0
				require.Equal(t, want, got, "resumed from state %d", i)
			}
		})
	}
}

func TestBrokenOrForeignCheckpointIsNotTakenUp(t *testing.T) {
	t.Parallel()
	d := noise(8, 500, 4)
	o := Options{Clusters: 5, Seed: 3, Restarts: 2, MaxIterations: 5}
	m := &memory{}
	o.Checkpoint = m
	hours(&o)
	want := fit(t, d, o)
	last := m.saved[len(m.saved)-1]
	flipped := slices.Clone(last)
	flipped[100] ^= 1
	for name, b := range map[string][]byte{
		"empty": {}, "cut off": last[:len(last)-9], "one bit off": flipped, "longer": append(slices.Clone(last), 0), "of other bytes": []byte("hello"),
	} {
		o.Checkpoint = &memory{saved: [][]byte{b}}
		assert.Equal(t, want, fit(t, d, o), name)
	}
	for name, change := range map[string]func(o *Options, d *Dataset){
		"other points": func(_ *Options, d *Dataset) { *d = noise(9, 500, 4) },
		"other seed":   func(o *Options, _ *Dataset) { o.Seed++ },
		"other shape":  func(o *Options, _ *Dataset) { o.Clusters++ },
	} {
		changed, other := o, d
		change(&changed, &other)
		changed.Checkpoint = &memory{saved: [][]byte{last}}
		assert.Zero(t, fit(t, other, changed).Resumed, name)
	}
}

func TestErrorsOfACheckpointEndTheFit(t *testing.T) {
	t.Parallel()
	full := errors.New("the volume is full")
	o := Options{Clusters: 2, Checkpoint: &memory{err: full}}
	_, err := Fit(t.Context(), noise(1, 50, 2), o)
	require.ErrorIs(t, err, full)
	assert.ErrorContains(t, err, "loading the checkpoint")
}

func TestSavingIsPacedByWhatItCosts(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	p := pace{now: func() time.Time { return now }, begun: now}
	wait := func(d time.Duration) bool {
		now = now.Add(d)
		return p.isDue()
	}
	assert.False(t, wait(999*time.Millisecond))
	assert.True(t, wait(time.Millisecond), "20 ms are 2 % of a second")
	from := now
	now = now.Add(3 * time.Second)
	p.saved(from)
	assert.False(t, wait(149*time.Second))
	assert.True(t, wait(time.Second), "3 s are 2 % of 150")
	p.saved(now)
	assert.True(t, p.isDue(), "what costs nothing is always due")
}
