package scaler_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/scaler"
)

// known is a cloud that checks nothing.
type known struct{ *cloud }

func (known) CheckQueue(string) error { return nil }
func (known) CheckGroup(string) error { return nil }

func TestAFleetMayBeInTwoClouds(t *testing.T) {
	t.Parallel()
	const queue, here, there = "q://jobs", "here://workers", "there://workers"
	one := &cloud{points: map[string][]scaler.Point{queue: counted(9)}}
	other := &cloud{sizes: map[string]scaler.Size{there: {Target: 1, Running: 1}}}
	opened := map[string]int{}
	open := func(name string, c *cloud) scaler.Opener {
		return sync.OnceValues(func() (scaler.Cloud, error) { opened[name]++; return known{c}, nil })
	}
	first := open("one", one)
	mux := scaler.Mux{"q": first, "here": first, "there": open("other", other), "unused": open("unused", nil)}
	config, err := scaler.Parse(`{"fleets":[{"name":"x","queue":"q://jobs","jobsPerWorker":1,"maxWorkers":9,
		"groups":[{"url":"here://workers","maxWorkers":6},{"url":"there://workers","maxWorkers":9}]}]}`, mux)
	require.NoError(t, err)
	_, err = scaler.New(config, mux, nil, func() time.Time { return now }).Tick(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"backlog q://jobs 20m0s", "size here://workers", "failures here://workers", "resize here://workers 6"}, one.calls)
	assert.Equal(t, []string{"size there://workers", "failures there://workers", "resize there://workers 3"}, other.calls)
	assert.Equal(t, map[string]int{"one": 1, "other": 1}, opened, "a cloud that no URL asks for is left alone")
}

func TestACloudThatCannotBeUsedIsAFaultOfItsURLs(t *testing.T) {
	t.Parallel()
	c := &cloud{}
	mux := scaler.Mux{
		"q": func() (scaler.Cloud, error) { return known{c}, nil }, "g": func() (scaler.Cloud, error) { return known{c}, nil },
		"away": func() (scaler.Cloud, error) { return nil, errAway },
	}
	_, err := scaler.Parse(`{"fleets":[{"name":"x","queue":"kafka://jobs","jobsPerWorker":1,"maxWorkers":9,
		"groups":[{"url":"away://workers","maxWorkers":6},{"url":"workers","maxWorkers":9}]}]}`, mux)
	for _, want := range []string{
		`queue: scheme is "kafka", want away or g or q`, "groups[0]: url: the cloud is away", "groups[1]: url: not a URL, want one that starts with away or g or q",
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestEveryCallGoesToTheCloudOfItsURL(t *testing.T) {
	t.Parallel()
	c := &cloud{taken: 2}
	mux := scaler.Mux{"g": func() (scaler.Cloud, error) { return known{c}, nil }}
	n, err := mux.Cancel(t.Context(), "g://a", 3)
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	assert.Equal(t, []string{"cancel g://a 3"}, c.calls)
	var errs []error
	_, err = mux.Backlog(t.Context(), "h://a", now)
	errs = append(errs, err)
	_, err = mux.Size(t.Context(), "h://a")
	errs = append(errs, err)
	_, _, err = mux.Failures(t.Context(), "h://a", now)
	errs = append(errs, err, mux.Resize(t.Context(), "h://a", 1))
	_, err = mux.Cancel(t.Context(), "h://a", 1)
	for _, err := range append(errs, err) {
		assert.EqualError(t, err, `scheme is "h", want g`)
	}
	assert.Len(t, c.calls, 1)
	assert.NoError(t, errors.Join(mux.CheckQueue("g://a"), mux.CheckGroup("g://a")))
}
