package settings

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// config is a Source.
type config map[string]string

func (c config) GetConfig(key string) (string, bool) { v, ok := c[key]; return v, ok }

func (c config) keys() []string {
	var ks []string
	for k := range c {
		ks = append(ks, k)
	}
	return ks
}

func TestAnEmptyConfigurationGivesTheDefaults(t *testing.T) {
	t.Parallel()
	s, err := Load(config{}, nil)
	require.NoError(t, err)
	assert.Equal(t, Settings{
		Target: "local", Queue: Queue{LeaseSeconds: 60, MaxDeliveries: 20, RetentionHours: 96},
		Volume: defaultVolume, Queues: map[string]LocalQueue{}, Fleets: map[string]Fleet{}, Functions: map[string]Function{}, AWS: defaultAWS, GCP: defaultGCP, Multicloud: defaultMulticloud,
	}, s)
}

func TestEveryValueIsRead(t *testing.T) {
	t.Parallel()
	c := config{
		"spotgrid:target":    "local",
		"spotgrid:queue":     `{"leaseSeconds":30,"maxDeliveries":7,"retentionHours":1,"protect":true}`,
		"spotgrid:volume":    `{"protect":true}`,
		"spotgrid:fleets":    `{"spot":{"minWorkers":1,"maxWorkers":9,"jobsPerWorker":2,"slots":3,"drainSeconds":4,"idleSeconds":5},"plain":null}`,
		"spotgrid:functions": `{"quote":{"timeoutSeconds":1,"memoryMib":256,"concurrency":2}}`,
		"spotgrid:local":     `{"directory":"/srv/grid","queuePort":4222,"agentPort":7000}`,
		"aws:region":         "us-east-1", // another project's key is not ours to judge
	}
	s, err := Load(c, c.keys())
	require.NoError(t, err)
	assert.Equal(t, Settings{
		Target: "local", Queue: Queue{30, 7, 1, true}, Volume: Volume{Kind: "files", Protect: true}, Queues: map[string]LocalQueue{},
		Fleets:    map[string]Fleet{"spot": {"", "", 1, 9, 2, 3, 4, 5}, "plain": defaultFleet},
		Functions: map[string]Function{"quote": {TimeoutSeconds: 1, MemoryMiB: 256, Concurrency: 2}},
		AWS:       defaultAWS, GCP: defaultGCP, Multicloud: defaultMulticloud,
		Local: Local{"/srv/grid", 4222, 7000},
	}, s)
}

func TestFaultsAreNamedWithWhatIsAllowed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ key, value, want string }{
		"unknown target":        {"target", "aw", `spotgrid:target is "aw", want local, aws, gcp, multicloud`},
		"unknown key":           {"ququ", "{}", "spotgrid:ququ is not known, want one of target, queue, queues"},
		"unknown field":         {"queue", `{"leaseSecs":30}`, "spotgrid:queue.leaseSecs is not known, want one of leaseSeconds, maxDeliveries, retentionHours, protect"},
		"field of another case": {"queue", `{"LeaseSeconds":30}`, "spotgrid:queue.LeaseSeconds is not known"},
		"text for a number":     {"queue", `{"leaseSeconds":"thirty"}`, `spotgrid:queue.leaseSeconds is "thirty", want a whole number`},
		"fraction for a number": {"queue", `{"leaseSeconds":30.5}`, "spotgrid:queue.leaseSeconds is 30.5, want a whole number"},
		"text for a truth":      {"volume", `{"protect":"ture"}`, `spotgrid:volume.protect is "ture", want true or false`},
		"list for an object":    {"queue", `[1]`, "spotgrid:queue is [1], want an object"},
		"number for a fleet":    {"fleets", `{"spot":3}`, "spotgrid:fleets.spot is 3, want an object"},
		"lease too short":       {"queue", `{"leaseSeconds":9}`, "spotgrid:queue.leaseSeconds is 9, want 10..43200"},
		"lease too long":        {"queue", `{"leaseSeconds":43201}`, "spotgrid:queue.leaseSeconds is 43201, want 10..43200"},
		"too few deliveries":    {"queue", `{"maxDeliveries":4}`, "spotgrid:queue.maxDeliveries is 4, want 5..100"},
		"kept no time":          {"queue", `{"retentionHours":0}`, "spotgrid:queue.retentionHours is 0, want 1..312"},
		"fewer than no workers": {"fleets", `{"spot":{"minWorkers":-1}}`, "spotgrid:fleets.spot.minWorkers is -1, want 0..1000"},
		"upside-down fleet":     {"fleets", `{"spot":{"minWorkers":5,"maxWorkers":3}}`, "spotgrid:fleets.spot.maxWorkers is 3, want 5..1000"},
		"bad fleet name":        {"fleets", `{"Spot_1":{}}`, `spotgrid:fleets.Spot_1: the name "Spot_1" is not one`},
		"unknown fleet field":   {"fleets", `{"spot":{"maxWorker":3}}`, "spotgrid:fleets.spot.maxWorker is not known"},
		"too little memory":     {"functions", `{"quote":{"memoryMib":64}}`, "spotgrid:functions.quote.memoryMib is 64, want 128..10240"},
		"time-out too long":     {"functions", `{"quote":{"timeoutSeconds":901}}`, "spotgrid:functions.quote.timeoutSeconds is 901, want 1..900"},
		"no such port":          {"local", `{"queuePort":65536}`, "spotgrid:local.queuePort is 65536, want 0..65535"},
		"one port twice":        {"local", `{"queuePort":7,"agentPort":7}`, "spotgrid:local.agentPort is 7, which is the queuePort too"},
		"the whole disk":        {"local", `{"directory":"/"}`, `spotgrid:local.directory is "/", want a folder of its own`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config{"spotgrid:" + c.key: c.value}
			_, err := Load(cfg, cfg.keys())
			require.Error(t, err)
			assert.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, "has 1 fault:")
		})
	}
}

func TestAllFaultsComeInOneError(t *testing.T) {
	t.Parallel()
	c := config{
		"spotgrid:target": "aw",
		"spotgrid:queue":  `{"leaseSeconds":"x","maxDeliveries":1,"bogus":true}`,
		"spotgrid:fleets": `{"spot":{"slots":0}}`,
	}
	_, err := Load(c, c.keys())
	require.Error(t, err)
	for _, want := range []string{"has 5 faults", "target", "leaseSeconds", "maxDeliveries is 1", "bogus", "fleets.spot.slots is 0"} {
		assert.ErrorContains(t, err, want)
	}
}

// The project file declares each key with a type, so that the engine refuses
// gross mistakes before the program runs; it must not lag behind.
func TestTheProjectFileDeclaresEveryKey(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join("..", "..", "Pulumi.yaml"))
	require.NoError(t, err)
	var declared []string
	for line := range strings.Lines(string(b)) {
		if key, ok := strings.CutPrefix(strings.TrimRight(line, ":\n"), "  spotgrid:"); ok {
			declared = append(declared, key)
		}
	}
	assert.ElementsMatch(t, keys, declared)
	assert.True(t, slices.IsSortedFunc(declared, func(a, b string) int { return slices.Index(keys, a) - slices.Index(keys, b) }), "in the order of the code")
}

func FuzzLoad(f *testing.F) {
	f.Add(`{"spot":{"slots":1}}`)
	f.Add(`{"spot":{"slots":1e400}}`)
	f.Add(`{"spot":`)
	f.Fuzz(func(t *testing.T, v string) {
		c := config{"spotgrid:fleets": v, "spotgrid:queue": v}
		s, err := Load(c, c.keys())
		if err == nil {
			for name, fleet := range s.Fleets {
				assert.GreaterOrEqual(t, fleet.MaxWorkers, 1, name)
			}
		}
	})
}
