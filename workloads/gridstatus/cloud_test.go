package gridstatus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/gridstatus"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/memory"
)

// fleets answers as told.
type fleets struct {
	found []gridstatus.Fleet
	err   error
}

func (f fleets) Fleets(_ context.Context, groups map[string]string) ([]gridstatus.Fleet, error) {
	if groups["spot"] != "grid-spot-1" {
		return nil, fmt.Errorf("asked for %v", groups)
	}
	return f.found, f.err
}

func cloud(t *testing.T, f fleets) *gridstatus.Cloud {
	t.Helper()
	return &gridstatus.Cloud{
		Target: "aws", VolumeURL: "file:///mnt/grid", Fleets: f,
		Queues: map[string]string{"jobs": "sqs://jobs", "dead": "sqs://dead"},
		Groups: map[string]string{"spot": "grid-spot-1"}, Functions: map[string]string{"quote": "arn:quote", "alert": "arn:alert"},
		OpenQueue: func(_ context.Context, url string) (*queue.Queue, error) {
			if url == "sqs://dead" {
				return nil, errors.New("no such queue: " + url)
			}
			q := queue.New(memory.New(memory.Options{LeaseSeconds: 60}), queue.Options{Name: "jobs"})
			for i := range 3 {
				require.NoError(t, q.Send(t.Context(), queue.Message{ID: fmt.Sprint(i), Body: []byte("x")}))
			}
			_, err := q.Receive(t.Context(), 1, time.Second)
			return q, err
		},
	}
}

func TestACloudTellsWhatItCanAndEveryFault(t *testing.T) {
	t.Parallel()
	f := fleets{[]gridstatus.Fleet{{Name: "spot", Desired: 2}}, errors.New("one group is gone")}
	s, err := cloud(t, f).Status(t.Context())
	assert.ErrorContains(t, err, "no such queue: sqs://dead")
	assert.ErrorContains(t, err, "asking for fleets: one group is gone")
	assert.Equal(t, &gridstatus.Status{
		Target:    "aws",
		Queues:    []gridstatus.Queue{{Name: "jobs", URL: "sqs://jobs", LeaseSeconds: 60, Ready: 2, Leased: 1}},
		Volumes:   []gridstatus.Volume{{Name: "volume", URL: "file:///mnt/grid", Path: "/mnt/grid"}},
		Fleets:    f.found,
		Functions: []gridstatus.Function{{Name: "alert", ID: "arn:alert"}, {Name: "quote", ID: "arn:quote"}},
	}, s)
}

// slow is a queue whose service counts late and all together, or not at all.
type slow struct {
	queue.Driver
	err error
}

func (s slow) Caps() queue.Caps {
	c := s.Driver.Caps()
	c.StatsLag, c.CountsTogether = 5*time.Minute, true
	return c
}

func (s slow) Stats(context.Context) (queue.Stats, error) { return queue.Stats{Ready: 7}, s.err }

func (s slow) Kind(err error) queue.Kind { return queue.KindOf(err) }

func TestAQueueSaysHowWellItIsCounted(t *testing.T) {
	t.Parallel()
	about := gridstatus.Queue{Name: "jobs", URL: "pubsub://jobs", LeaseSeconds: 60, Ready: 7, CountedTogether: true, LagSeconds: 300}
	uncounted := about
	uncounted.Ready, uncounted.Uncounted = 0, true
	unknown := errors.New("no connection")
	for name, c := range map[string]struct {
		err    error
		queues []gridstatus.Queue
		want   error
	}{
		"late and together": {nil, []gridstatus.Queue{about}, nil},
		"not counted yet":   {&queue.Error{Kind: queue.KindUncounted, Err: errors.New("no count")}, []gridstatus.Queue{uncounted}, nil},
		"not to be asked":   {unknown, []gridstatus.Queue{}, unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := &gridstatus.Cloud{
				Target: "gcp", Fleets: fleets{}, Groups: map[string]string{"spot": "grid-spot-1"}, Queues: map[string]string{"jobs": "pubsub://jobs"},
				OpenQueue: func(context.Context, string) (*queue.Queue, error) {
					return queue.New(slow{memory.New(memory.Options{LeaseSeconds: 60}), c.err}, queue.Options{Name: "jobs"}), nil
				},
			}
			s, err := cloud.Status(t.Context())
			assert.ErrorIs(t, err, c.want)
			assert.Equal(t, c.queues, s.Queues)
		})
	}
}

func TestTheShapeIsTheSameOnEveryTarget(t *testing.T) {
	t.Parallel()
	machine := gridstatus.Status{Target: "aws", Fleets: []gridstatus.Fleet{{Workers: []gridstatus.Worker{
		{Name: "i-1", State: "InService", Machine: &gridstatus.Machine{Zone: "z"}},
	}}}}
	b, err := json.Marshal(machine)
	require.NoError(t, err)
	assert.JSONEq(t, `{"target":"aws","queues":null,"volumes":null,"functions":null,"fleets":[{"name":"","desired":0,"min_workers":0,"max_workers":0,"in_service":0,
		"workers":[{"name":"i-1","state":"InService","zone":"z","type":"","health":"","protected":false}]}]}`, string(b))

	local := gridstatus.Status{Target: "local", Agent: &gridstatus.Agent{PID: 7}, Fleets: []gridstatus.Fleet{{Workers: []gridstatus.Worker{
		{Name: "spot-1", State: "running", Process: &gridstatus.Process{PID: 8}},
	}}}}
	b, err = json.Marshal(local)
	require.NoError(t, err)
	var read struct {
		PID    int `json:"pid"`
		Fleets []struct {
			Workers []struct {
				Name string `json:"name"`
				PID  int    `json:"pid"`
			} `json:"workers"`
		} `json:"fleets"`
	}
	require.NoError(t, json.Unmarshal(b, &read))
	assert.Equal(t, 7, read.PID)
	assert.Equal(t, "spot-1", read.Fleets[0].Workers[0].Name)
	assert.Equal(t, 8, read.Fleets[0].Workers[0].PID)
}
