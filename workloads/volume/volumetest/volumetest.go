// Package volumetest is the suite that every storage of a volume passes.
package volumetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// Harness is how the suite makes volumes of one storage.
type Harness struct {
	// NewURL is where there is nothing yet; it is removed when the test ends.
	NewURL func(t *testing.T) string
	// Openers open it.
	Openers volume.Openers
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for name, test := range map[string]func(*testing.T, Harness){
		"a volume is made before it is opened":          making,
		"several machines make one volume":              makingAtOnce,
		"what holds something else is no volume":        refusing,
		"a result is read as it was committed":          result,
		"one of many commits is first":                  oneFirst,
		"each result of a group is claimed for itself":  group,
		"results of a batch come in its order":          batchOrder,
		"a batch is written once":                       batchOnce,
		"more results than a page are listed":           manyResults,
		"who is over is told for few jobs and for many": over,
		"attempts come back in order":                   attempts,
		"dead jobs are replaced and removed":            dead,
		"checkpoints are replaced and dropped":          checkpoints,
		"a large checkpoint comes back":                 largeCheckpoint,
		"states of workers are replaced and removed":    workers,
		"a log is read as it was written":               logs,
		"a long log is whole, and its tail is its end":  longLog,
		"two writers of one log lose nothing":           sharedLog,
		"IDs that would leave their place are refused":  hostileIDs,
		"calls end with their context":                  cancelled,
		"a volume that takes writes says so":            probing,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, h)
		})
	}
	t.Run("objects", func(t *testing.T) { runObjects(t, h) })
}

// place is one volume, and how to open it once more.
type place struct {
	*volume.Volume
	url     string
	openers volume.Openers
}

// newPlace makes a volume.
func newPlace(t *testing.T, h Harness) place {
	t.Helper()
	p := place{url: h.NewURL(t), openers: h.Openers}
	require.NoError(t, volume.InitURL(t.Context(), p.url, p.openers))
	p.Volume = p.again(t)
	return p
}

// again opens the volume as another process would.
func (p place) again(t *testing.T) *volume.Volume {
	t.Helper()
	v, err := volume.OpenURL(t.Context(), p.url, p.openers)
	require.NoError(t, err)
	return v
}

// scheme is the URL's.
func (p place) scheme(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(p.url)
	require.NoError(t, err)
	return u.Scheme
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// record is a result by a worker.
func record(id, worker string) volume.Record {
	return volume.Record{
		Version: volume.Version, JobID: id, Batch: "b", Kind: "noop", Outcome: job.Succeeded, Result: json.RawMessage(`{"x":1}`),
		Attempts: []job.Attempt{{Number: 1, Worker: worker, StartedAt: noon, EndedAt: noon.Add(time.Second), Outcome: job.Succeeded}},
		Worker:   worker, StartedAt: noon, EndedAt: noon.Add(time.Second), Seconds: 1,
	}
}

func records(n int, worker string) []volume.Record {
	all := make([]volume.Record, n)
	for i := range all {
		all[i] = record(fmt.Sprint("job-", i), worker)
	}
	return all
}

// ended is a context that has ended.
func ended(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
