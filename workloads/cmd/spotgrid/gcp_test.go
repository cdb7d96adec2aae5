package main_test

import (
	"encoding/json"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/computetest"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

func TestABatchOnPubSubFromSubmissionToResults(t *testing.T) {
	t.Parallel()
	g := newGoogleGrid(t)
	g.mounted()
	sent := g.run("", "submit", "--batch", "b", "--count", "3", "--", "echo", "hello from Pub/Sub")
	require.Zero(t, sent.code, sent.err)
	assert.Contains(t, sent.out, "batch b: 3 jobs submitted")
	assert.Equal(t, 3, g.messages("jobs-work"))
	g.work("w-1")
	watched := g.run("", "watch", "b")
	require.Zero(t, watched.code, watched.err)
	assert.Contains(t, watched.out, "finished, 3 done, 0 given up")
	assert.Contains(t, g.run("", "results", "b").out, "exit 0: hello from Pub/Sub")
	type line struct{ ID, State, Worker string }
	jobs := lines[line](t, g.run("", "jobs", "b", "--json").out)
	require.Len(t, jobs, 3)
	assert.Equal(t, line{"b-1", "done", "w-1"}, jobs[0])
	assert.Contains(t, g.run("", "logs", "b-2").out, "hello from Pub/Sub")
	require.Eventually(t, func() bool { return g.messages("jobs-work") == 0 }, 10*time.Second, 10*time.Millisecond, "all are acknowledged")
}

func TestAJobThatIsGivenUpOnPubSubIsListedShownAndSentAgain(t *testing.T) {
	t.Parallel()
	g := newGoogleGrid(t)
	assert.Equal(t, "no dead letters\n", g.run("", "dead", "list").out)
	g.work("w-1")
	watched := g.run("", "submit", "--volume", g.mountURL, "--batch", "b", "--max-attempts", "1", "--watch", "--", "sh", "-c", "echo it broke; exit 7")
	require.Equal(t, 4, watched.code, watched.err)
	assert.Contains(t, watched.err, "1 job given up")

	listed := g.run("", "dead", "list", "--json")
	require.Zero(t, listed.code, listed.err)
	type letter struct {
		ID, Kind, Outcome, Cause string
		Attempts                 int
	}
	letters := lines[letter](t, listed.out)
	require.Len(t, letters, 1)
	assert.Equal(t, []any{"b-1", "command", "failed", 1}, []any{letters[0].ID, letters[0].Kind, letters[0].Outcome, letters[0].Attempts})
	assert.Contains(t, letters[0].Cause, "exited with code 7")
	assert.Contains(t, g.run("", "dead", "show", "b-1").out, "it broke")
	assert.Equal(t, 1, g.messages("jobs-dead"), "looking takes nothing away")

	again := g.run("", "dead", "redrive", "b-1", "--volume", g.mountURL)
	require.Zero(t, again.code, again.err)
	assert.Contains(t, again.out, "1 job sent again")
	require.Eventually(t, func() bool { // it fails again
		return g.messages("jobs-work") == 0 && g.messages("jobs-dead") == 1
	}, 20*time.Second, 50*time.Millisecond)
	assert.Contains(t, g.run("", "dead", "list").out, "b-1")
}

func TestCountsThatAreMinutesOldDoNotMakeJobsLost(t *testing.T) {
	t.Parallel()
	g := newGoogleGrid(t)
	g.mounted()
	require.Zero(t, g.run("", "submit", "--batch", "b", "--", "true").code)
	// What Cloud Monitoring shows is from before the job was sent.
	before := g.grid.QueueURL
	g.grid.QueueURL = g.declare("nothing-yet", nil)
	time.AfterFunc(9*time.Second, func() { // the counts are looked at after five
		v, err := volume.Open(g.mountURL)
		if assert.NoError(t, err) {
			assert.NoError(t, v.WriteDead(volume.Record{JobID: "b-1", Outcome: "failed", Cause: "the test says so"}))
		}
	})
	watched := g.run("", "watch", "b")
	g.grid.QueueURL = before
	assert.Equal(t, 4, watched.code)
	assert.Contains(t, watched.err, "no job is counted on the queue, but its counts may be 5 minutes old")
	assert.NotContains(t, watched.err, "not on the queue: the submission was cut off")
}

func TestWithoutTheVolumeOfAGoogleGridTheErrorSaysHowToReachAMachine(t *testing.T) {
	t.Parallel()
	g := newGoogleGrid(t)
	for _, args := range [][]string{{"submit", "--", "true"}, {"jobs"}, {"watch"}, {"results"}, {"dead", "redrive", "--all"}} {
		a := g.run("", args...)
		assert.Equal(t, 3, a.code, args)
		assert.Contains(t, a.err, "gcloud compute ssh INSTANCE --zone ZONE --project grid-project --tunnel-through-iap", args)
	}
	assert.Zero(t, g.messages("jobs-work"))
	a := g.run("", "interrupt", "w-1")
	assert.Equal(t, 2, a.code)
	assert.Contains(t, a.err, "works on target local only")
}

func TestStatusOfAGoogleGridIsItsQueuesGroupsAndFunctions(t *testing.T) {
	t.Parallel()
	g := newGoogleGrid(t)
	require.Zero(t, g.run("", "submit", "--volume", g.mountURL, "--count", "3", "--", "true").code)
	group := g.server.Add(computetest.Region, spotGroup)
	g.server.Change(func() {
		group.Failures = []computetest.Failure{{At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Action: "CREATING", Code: "ZONE_RESOURCE_POOL_EXHAUSTED"}}
	})
	text := g.run("", "status")
	require.Zero(t, text.code, text.err)
	assert.Regexp(t, `^grid \S+/grid.json on gcp\n`, text.out)
	assert.Regexp(t, `queue +jobs +about 3 waiting or held by workers, as of up to 5 minutes ago; lease 60 s`, text.out)
	assert.Regexp(t, `fleet +spot +1 of 3 workers in 1 group; machines grid-spot-1a2b3c4-…; last failure: ZONE_RESOURCE_POOL_EXHAUSTED: CREATING failed at 2026-03-01T12:00:00Z`, text.out)
	assert.Regexp(t, `group +grid-spot-spot-0-5d6e7f8 +1 of 3 in europe-west1, 2 creating`, text.out)
	assert.Regexp(t, `function +quote +https://quote-1a2b3c4-ew.a.run.app`, text.out)

	a := g.run("", "status", "--json")
	require.Zero(t, a.code, a.err)
	var s struct {
		Queues []struct {
			Name            string
			Ready, Leased   int
			LagSeconds      int  `json:"lag_seconds"`
			CountedTogether bool `json:"counted_together"`
		}
		Fleets []struct {
			Group   string
			Desired int
			Groups  []struct {
				Name     string
				Desired  int
				Changing map[string]int
			}
			Workers []struct{ Name, Zone, Type, State string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(a.out), &s))
	require.Len(t, s.Queues, 2)
	assert.Equal(t, []any{"jobs", 3, 0, 300, true}, []any{s.Queues[1].Name, s.Queues[1].Ready, s.Queues[1].Leased, s.Queues[1].LagSeconds, s.Queues[1].CountedTogether})
	require.Len(t, s.Fleets, 1)
	assert.Equal(t, 3, s.Fleets[0].Desired)
	assert.Equal(t, map[string]int{"CREATING": 2}, s.Fleets[0].Groups[0].Changing)
	assert.Equal(t, "c4a-standard-2", s.Fleets[0].Workers[0].Type)
}

func TestAQueueThatNobodyHasCountedYetIsNoError(t *testing.T) {
	t.Parallel()
	g := newGoogleGrid(t)
	g.counts.Store(false)
	a := g.run("", "status")
	require.Zero(t, a.code, a.err)
	assert.Regexp(t, `queue +jobs +not counted yet; lease 60 s`, a.out)
}

func TestWorkersOfAGoogleGridAreItsMachines(t *testing.T) {
	t.Parallel()
	g := newGoogleGrid(t)
	const name = fleetID + "-spot-0-wxyz"
	a := g.run("", "workers", "--json")
	require.Zero(t, a.code, a.err)
	assert.Contains(t, a.err, "what workers are doing is not known here")
	type worker struct{ Name, Zone, Type, State, Fleet, Doing string }
	assert.Equal(t, []worker{{name, "europe-west1-b", "c4a-standard-2", "RUNNING", "spot", "unknown"}}, lines[worker](t, a.out))

	v, err := volume.Open(g.mountURL)
	require.NoError(t, err)
	require.NoError(t, v.WriteWorker(volume.Worker{Name: name, State: volume.Busy, Jobs: []string{"b-1"}, Done: 7}))
	text := g.run("", "workers", "--volume", g.mountURL)
	require.Zero(t, text.code, text.err)
	assert.Regexp(t, name+` +spot +europe-west1-b +c4a-standard-2 +RUNNING +no +busy +7 +0 +b-1`, text.out)
}

func TestWhatOfAGoogleGridIsGoneIsSaidAndTheRestShown(t *testing.T) {
	t.Parallel()
	g := newGoogleGrid(t)
	_, err := g.pubsub.GServer.DeleteSubscription(t.Context(), &pubsubpb.DeleteSubscriptionRequest{Subscription: subscribed + "jobs-work"})
	require.NoError(t, err)
	g.grid.Fleets["big"] = "grid-big-9f8e7d6"
	a := g.run("", "status")
	assert.Equal(t, 3, a.code)
	assert.Contains(t, a.err, "project grid-project has no such subscription")
	assert.Contains(t, a.err, `fleet "big", managed instance groups for machines grid-big-9f8e7d6-…`)
	assert.Contains(t, a.out, "dead letters")
	assert.Contains(t, a.out, "1 of 3 workers")
	sent := g.run("", "submit", "--volume", g.mountURL, "--", "true")
	assert.Equal(t, 3, sent.code)
	assert.Contains(t, sent.err, "`spotgrid up` brings it back")
}

func TestWithoutGoogleCredentialsCommandsSayHowToGetThem(t *testing.T) {
	t.Parallel()
	g := newGoogleGrid(t)
	g.environment = append(g.environment, "GOOGLE_APPLICATION_CREDENTIALS=/does/not/exist")
	for _, args := range [][]string{{"status"}, {"workers"}, {"invoke", "quote"}} {
		a := g.run("{}", args...)
		assert.Equal(t, 1, a.code, args)
		assert.Contains(t, a.err, "gcloud auth application-default login", args)
	}
	g.environment = append(g.environment, "PUBSUB_EMULATOR_HOST=")
	for _, args := range [][]string{{"dead", "list"}, {"submit", "--volume", g.mountURL, "--", "true"}} {
		a := g.run("", args...)
		assert.Equal(t, 1, a.code, args)
		assert.Contains(t, a.err, "no usable Google Cloud credentials", args)
	}
}

func TestAWorkerRefusesAQueueThatItCanOnlySendTo(t *testing.T) {
	t.Parallel()
	g := newGoogleGrid(t)
	g.grid.QueueURL = "pubsub://" + computetest.Project + "?topic=quote-calls"
	w := g.work("w-1")
	select {
	case <-w.ended:
		assert.Equal(t, 1, w.ProcessState.ExitCode())
		assert.Contains(t, w.log.String(), `queue \"quote-calls\" can only be sent to`)
	case <-time.After(20 * time.Second):
		t.Error("it did not end")
	}
}
