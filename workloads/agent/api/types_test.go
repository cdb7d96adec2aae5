package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var hash = strings.Repeat("a", 64)

func TestGoodDeclarationsPass(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]interface{ Check() error }{
		"queue":       Queue{Name: "work", LeaseSeconds: 10, MaxDeliveries: 20, RetentionHours: 336, DeadLetter: "dead"},
		"dead letter": Queue{Name: "dead", LeaseSeconds: 43200, RetentionHours: 1},
		"volume":      Volume{Name: "shared", Path: "/grid/volume"},
		"fleet":       Fleet{Name: "spot", Binary: "/bin/worker", BinarySHA256: hash, MaxWorkers: 1, JobsPerWorker: 1, Slots: 1, Queue: "work"},
		"function":    Function{Name: "quote", Binary: "/bin/quote", BinarySHA256: hash, TimeoutSeconds: 900, MemoryMiB: 10240, Concurrency: 1},
	} {
		assert.NoError(t, d.Check(), name)
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		d    interface{ Check() error }
		want []string
	}{
		"queue": {
			Queue{Name: "Work", LeaseSeconds: 9, MaxDeliveries: 101, RetentionHours: 337},
			[]string{`queue "Work"`, "name is", "lease_seconds is 9, want 10..43200", "max_deliveries is 101, want 0..100", "retention_hours is 337, want 1..336", "without a dead_letter"},
		},
		"queue that is its own dead letter": {Queue{Name: "a", LeaseSeconds: 10, RetentionHours: 1, DeadLetter: "a"}, []string{"is the queue itself"}},
		"volume at the root":                {Volume{Name: "v", Path: "/"}, []string{`path is "/"`}},
		"volume somewhere":                  {Volume{Name: "v", Path: "volume"}, []string{`path is "volume"`}},
		"fleet": {
			Fleet{Name: "", Binary: "worker", BinarySHA256: "xyz", MinWorkers: 5, MaxWorkers: 2, Slots: 1025, DrainSeconds: 3601, IdleSeconds: -1, Environment: map[string]string{"A=B": "x"}},
			[]string{"name is", "binary is", "binary_sha256", "max_workers is 2, want 5..1000", "jobs_per_worker is 0", "slots is 1025", "drain_seconds is 3601", "idle_seconds is -1", "queue is", `"A=B"`},
		},
		"function": {
			Function{Name: "f", Binary: "/f", BinarySHA256: hash, TimeoutSeconds: 901, MemoryMiB: 127, Concurrency: 0, Environment: map[string]string{"A": "x\x00"}},
			[]string{"timeout_seconds is 901, want 1..900", "memory_mib is 127, want 128..10240", "concurrency is 0, want 1..1000", "without NUL"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.d.Check()
			require.Error(t, err)
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}
