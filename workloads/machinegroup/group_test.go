package machinegroup_test

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/machinegroup"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/memory"
)

var (
	errAway = errors.New("away")
	errSlow = errors.New("slow down")
	errNo   = errors.New("no")
)

// flaky is a machine in memory whose calls fail with the given errors first.
type flaky struct {
	*memory.Machine
	failures []error
	calls    int
}

func (f *flaky) next() error {
	f.calls++
	if len(f.failures) == 0 {
		return nil
	}
	err := f.failures[0]
	f.failures = f.failures[1:]
	return err
}

func (f *flaky) Protect(ctx context.Context, on bool) error {
	if err := f.next(); err != nil {
		return err
	}
	return f.Machine.Protect(ctx, on)
}

func (f *flaky) Leave(ctx context.Context) error {
	if err := f.next(); err != nil {
		return err
	}
	return f.Machine.Leave(ctx)
}

func (f *flaky) Kind(err error) machinegroup.Kind {
	switch {
	case errors.Is(err, errAway):
		return machinegroup.KindUnavailable
	case errors.Is(err, errSlow):
		return machinegroup.KindThrottled
	case errors.Is(err, errNo):
		return machinegroup.KindDenied
	}
	return f.Machine.Kind(err)
}

// groupOf is a group that notes how long it sleeps between tries.
func groupOf(d machinegroup.Driver, slept *[]time.Duration) *machinegroup.Group {
	return machinegroup.New(d, machinegroup.Options{Name: "workers", Retry: machinegroup.Retry{
		Sleep: func(ctx context.Context, d time.Duration) error {
			*slept = append(*slept, d)
			return ctx.Err()
		},
		Rand: func() float64 { return 0.5 },
	}})
}

func TestPassingErrorsAreTriedAgainMoreAndMoreSlowly(t *testing.T) {
	t.Parallel()
	var slept []time.Duration
	d := &flaky{Machine: memory.New(), failures: []error{errAway, errSlow, errSlow, errAway, errSlow}}
	require.NoError(t, groupOf(d, &slept).Protect(t.Context()))
	assert.True(t, d.IsProtected())
	assert.Equal(t, []time.Duration{250e6, 500e6, 1e9, 2e9, 2500e6}, slept, "half of 0.5, 1, 2, 4 and at most 5 s")
}

func TestTriesEnd(t *testing.T) {
	t.Parallel()
	var slept []time.Duration
	d := &flaky{Machine: memory.New(), failures: []error{errSlow, errSlow, errSlow, errSlow, errSlow, errSlow, errSlow}}
	err := groupOf(d, &slept).Unprotect(t.Context())
	require.EqualError(t, err, `taking back this machine's protection in machine group "workers": slow down`)
	assert.Equal(t, machinegroup.KindThrottled, machinegroup.KindOf(err))
	assert.Equal(t, machinegroup.DefaultMaxTries, d.calls)
}

func TestOtherErrorsAreNotTriedAgain(t *testing.T) {
	t.Parallel()
	var slept []time.Duration
	d := &flaky{Machine: memory.New(), failures: []error{errNo}}
	err := groupOf(d, &slept).Protect(t.Context())
	require.EqualError(t, err, `protecting this machine in machine group "workers": no`)
	assert.Equal(t, machinegroup.KindDenied, machinegroup.KindOf(err))
	assert.Equal(t, 1, d.calls)

	d.Shrink()
	err = groupOf(d, &slept).Protect(t.Context())
	assert.Equal(t, machinegroup.KindWrongState, machinegroup.KindOf(err))
	assert.Equal(t, 2, d.calls, "a machine that is taken away stays so")
	assert.Empty(t, slept)
}

func TestLeaveWaitsUntilTheGroupDoes(t *testing.T) {
	t.Parallel()
	m := memory.New()
	tries := 0
	g := machinegroup.New(m, machinegroup.Options{Retry: machinegroup.Retry{Sleep: func(context.Context, time.Duration) error {
		if tries++; tries == 3 {
			m.Shrink()
		}
		return nil
	}}})
	require.NoError(t, g.Leave(t.Context()))
	assert.True(t, m.IsGone())
	assert.Equal(t, 3, tries)
	err := g.Leave(t.Context())
	assert.Equal(t, machinegroup.KindWrongState, machinegroup.KindOf(err), "%v", err)
}

func TestEndOfTheContextEndsTheTries(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	d := &flaky{Machine: memory.New(), failures: []error{errSlow, errSlow}}
	g := machinegroup.New(d, machinegroup.Options{Retry: machinegroup.Retry{Sleep: func(ctx context.Context, _ time.Duration) error {
		cancel()
		return ctx.Err()
	}}})
	err := g.Protect(ctx)
	assert.Equal(t, machinegroup.KindCanceled, machinegroup.KindOf(err))
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, errSlow, "it says what it was waiting for")
	assert.Equal(t, 1, d.calls)
}

func TestCloseClosesTheDriver(t *testing.T) {
	t.Parallel()
	g := machinegroup.New(memory.New(), machinegroup.Options{})
	require.NoError(t, g.Close())
	assert.Equal(t, machinegroup.KindClosed, machinegroup.KindOf(g.Protect(t.Context())))
}

func TestOpen(t *testing.T) {
	t.Parallel()
	openers := machinegroup.Openers{
		"memory": func(context.Context, *url.URL) (machinegroup.Driver, error) { return memory.New(), nil },
		"broken": func(context.Context, *url.URL) (machinegroup.Driver, error) { return nil, errNo },
	}
	g, err := machinegroup.Open(t.Context(), "memory://here/grid/workers?key=secret", openers)
	require.NoError(t, err)
	assert.Equal(t, "grid/workers", g.Name())
	for raw, want := range map[string]string{
		"other://user:secret@here/workers?key=secret": `opening machine group "other://here/workers": scheme "other" is unknown, want one of: broken, memory`,
		"broken://here/workers?key=secret":            `opening machine group "broken://here/workers": no`,
		"memory://user:secret@here/%zz":               `opening machine group: its URL is malformed: invalid URL escape "%zz"`,
	} {
		_, err := machinegroup.Open(t.Context(), raw, openers)
		assert.EqualError(t, err, want)
	}
}

func TestKindsHaveNames(t *testing.T) {
	t.Parallel()
	for k := machinegroup.KindUnknown; k <= machinegroup.KindCanceled; k++ {
		assert.NotEmpty(t, k.String())
	}
	assert.Equal(t, "wrong state", machinegroup.KindWrongState.String())
	assert.Equal(t, "kind 99", machinegroup.Kind(99).String())
}
