package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/gridstatus/mig/listtest"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/computetest"
	"github.com/spotgrid/spotgrid/workloads/stack"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// What a stack on Google Cloud would have named.
const (
	fleetID    = "grid-spot-1a2b3c4"
	spotGroup  = "grid-spot-spot-0-5d6e7f8"
	topicPath  = "projects/" + computetest.Project + "/topics/"
	subscribed = "projects/" + computetest.Project + "/subscriptions/"
)

// googleGrid is a grid on stand-ins for Google Cloud: Pub/Sub in this process, and
// a server for all else. Its volume is not mounted where it says.
type googleGrid struct {
	place
	t        *testing.T
	pubsub   *pstest.Server
	server   *computetest.Server
	grid     stack.Grid
	mountURL string // where this machine does have the volume
	// counts: Cloud Monitoring counts the queues.
	counts atomic.Bool
}

func newGoogleGrid(t *testing.T) *googleGrid {
	t.Helper()
	g := &googleGrid{t: t, pubsub: pstest.NewServer(), server: computetest.New(t), place: place{dir: t.TempDir()}}
	t.Cleanup(func() { assert.NoError(t, g.pubsub.Close()) })
	g.environment = []string{"PUBSUB_EMULATOR_HOST=" + g.pubsub.Addr, "SPOTGRID_MONITORING_ENDPOINT=" + g.server.URL + "/v3"}
	for name, value := range g.server.Environment(t.TempDir()) {
		g.environment = append(g.environment, name+"="+value)
	}
	g.counts.Store(true)
	g.server.Handle("GET /v3/projects/"+computetest.Project+"/timeSeries", g.monitor)
	machine := computetest.Machine{Zone: computetest.Zone, Name: fleetID + "-spot-0-wxyz", Status: "RUNNING"}
	g.server.Add(computetest.Region, spotGroup, machine)
	listtest.Project{
		Groups:   []listtest.Group{{Name: spotGroup, Location: computetest.Region, Base: fleetID + "-spot-0", Target: 3, Actions: map[string]int{"none": 1, "creating": 2}}},
		Machines: []listtest.Machine{{Name: machine.Name, Zone: machine.Zone, Type: "c4a-standard-2", Status: machine.Status}},
	}.Serve(g.server)
	mount := filepath.Join(g.dir, "mount")
	require.NoError(t, volume.Init(mount))
	g.mountURL = "file://" + mount
	dead := g.declare("jobs-dead", nil)
	g.grid = stack.Grid{
		Version: stack.OutputVersion, Target: "gcp", VolumeURL: "file:///nowhere/mnt/grid", DeadLetterURL: dead,
		QueueURL: g.declare("jobs-work", &pubsubpb.DeadLetterPolicy{DeadLetterTopic: topicPath + "jobs-dead-topic", MaxDeliveryAttempts: 20}),
		Fleets:   map[string]string{"spot": fleetID}, Functions: map[string]string{"quote": "https://quote-1a2b3c4-ew.a.run.app"},
		Control: map[string]string{"project": computetest.Project, "region": computetest.Region},
	}
	return g
}

// declare makes a queue as the stack does and returns its URL.
func (g *googleGrid) declare(name string, policy *pubsubpb.DeadLetterPolicy) string {
	topic := name + "-topic"
	_, err := g.pubsub.GServer.CreateTopic(g.t.Context(), &pubsubpb.Topic{Name: topicPath + topic})
	require.NoError(g.t, err)
	_, err = g.pubsub.GServer.CreateSubscription(g.t.Context(), &pubsubpb.Subscription{
		Name: subscribed + name, Topic: topicPath + topic, AckDeadlineSeconds: 60, DeadLetterPolicy: policy,
	})
	require.NoError(g.t, err)
	return "pubsub://" + computetest.Project + "/" + name + "?topic=" + topic
}

var subscriptionPattern = regexp.MustCompile(`subscription_id = "([^"]+)"`)

// monitor is Cloud Monitoring: it counts what a subscription has that was not
// acknowledged.
func (g *googleGrid) monitor(w http.ResponseWriter, r *http.Request) {
	points := []any{}
	if m := subscriptionPattern.FindStringSubmatch(r.URL.Query().Get("filter")); m != nil && g.counts.Load() {
		points = append(points, map[string]any{
			"interval": map[string]any{"endTime": time.Now()}, "value": map[string]string{"int64Value": fmt.Sprint(g.messages(m[1]))},
		})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"timeSeries": []any{map[string]any{"points": points}}}) // the client notices
}

// messages is how many a queue has.
func (g *googleGrid) messages(subscription string) int {
	n := 0
	for _, m := range g.pubsub.Messages() {
		if m.Topic == topicPath+subscription+"-topic" && m.Acks == 0 {
			n++
		}
	}
	return n
}

func (g *googleGrid) run(stdin string, args ...string) answer {
	g.t.Helper()
	b, err := json.Marshal(map[string]any{"grid": g.grid})
	require.NoError(g.t, err)
	file := filepath.Join(g.dir, "grid.json")
	require.NoError(g.t, os.WriteFile(file, b, 0o600))
	return g.spotgrid(g.t, stdin, append([]string{"--grid", file}, args...)...)
}

// mounted has later commands find the volume.
func (g *googleGrid) mounted() {
	g.environment = append(g.environment, "SPOTGRID_VOLUME_URL="+g.mountURL)
}

// workerProcess is a worker as a machine of the fleet has it.
type workerProcess struct {
	*exec.Cmd
	log   strings.Builder // read it when the process has ended
	ended chan struct{}
}

// work starts a worker; it ends with the test.
func (g *googleGrid) work(name string) *workerProcess {
	g.t.Helper()
	w := &workerProcess{Cmd: exec.Command(filepath.Join(programsDir, "worker")), ended: make(chan struct{})}
	w.Env = append(append(os.Environ(), g.environment...), "SPOTGRID_WORKER="+name, "SPOTGRID_VOLUME_URL="+g.mountURL,
		"SPOTGRID_QUEUE_URL="+g.grid.QueueURL, "SPOTGRID_DEAD_LETTER_URL="+g.grid.DeadLetterURL, "SPOTGRID_SLOTS=2", "SPOTGRID_LOG=json")
	w.Stderr = &w.log
	require.NoError(g.t, w.Start())
	go func() {
		defer close(w.ended)
		_ = w.Wait() // how it ended is in ProcessState
	}()
	g.t.Cleanup(func() {
		_ = w.Process.Kill() // it may have ended
		<-w.ended
		if g.t.Failed() {
			g.t.Logf("worker %s said:\n%s", name, w.log.String())
		}
	})
	return w
}
