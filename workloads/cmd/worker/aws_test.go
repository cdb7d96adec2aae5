package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/mototest"
	"github.com/spotgrid/spotgrid/workloads/queue"
)

var sqsGrids atomic.Int64

// newSQSGrid has queues of SQS's API, as moto answers it.
func newSQSGrid(t *testing.T, moto mototest.Server, leaseSeconds int) *grid {
	t.Helper()
	g := gridWithoutQueues(t, leaseSeconds)
	g.environment = append(moto.Environment(), "AWS_REGION="+mototest.Region)
	owner := awssqs.NewFromConfig(moto.Config(t))
	number := sqsGrids.Add(1)
	for name, q := range map[string]struct {
		queue **queue.Queue
		url   *string
	}{"jobs": {&g.jobs, &g.jobsURL}, "dead": {&g.dead, &g.deadURL}} {
		name = fmt.Sprintf("%s-%d", name, number)
		made, err := owner.CreateQueue(t.Context(), &awssqs.CreateQueueInput{
			QueueName: aws.String(name), Attributes: map[string]string{"VisibilityTimeout": strconv.Itoa(leaseSeconds)},
		})
		require.NoError(t, err)
		*q.url = "sqs://sqs." + mototest.Region + ".amazonaws.com/" + mototest.Account + "/" + name
		*q.queue, err = queue.Open(t.Context(), *q.url, openers)
		require.NoError(t, err)
		t.Cleanup(func() {
			assert.NoError(t, (*q.queue).Close())
			_, err := owner.DeleteQueue(context.Background(), &awssqs.DeleteQueueInput{QueueUrl: made.QueueUrl})
			assert.NoError(t, err)
		})
	}
	return g
}

// groupURL is what a fleet on AWS tells the worker of its machine.
func groupURL(group, instance string) string {
	return "asg://" + mototest.Region + "/" + group + "?" + url.Values{"instance": {instance}, "hook": {mototest.Hook}}.Encode()
}

// TestWorkerOnAWS runs workers as a fleet on AWS does, against the APIs of SQS and
// EC2 Auto Scaling.
func TestWorkerOnAWS(t *testing.T) {
	t.Parallel()
	moto := mototest.Need(t)
	g := newSQSGrid(t, moto, 30)
	machine := moto.NewMachine(t)
	start := func(m mototest.Machine, slots int) *process {
		return g.start(m.Instance, "SPOTGRID_GROUP_URL="+groupURL(m.Group, m.Instance), fmt.Sprint("SPOTGRID_SLOTS=", slots),
			"SPOTGRID_DRAIN_SECONDS=1", "SPOTGRID_LOG=json")
	}
	// With a free slot it would wait for a second job, and that call may take the
	// first one when it is handed back, and keep it for its lease.
	first := start(machine, 1)
	assert.False(t, machine.IsProtected(t), "there is no job yet")
	g.send("long", "sleep", "4")
	g.await("the job runs", 20*time.Second, g.isRunning("long"))
	g.await("the machine is protected", 10*time.Second, func() bool { return machine.IsProtected(t) })

	require.NoError(t, first.Process.Signal(syscall.SIGTERM))
	assert.Equal(t, exitDrained, first.exitCode(t, 15*time.Second))
	assert.False(t, machine.IsProtected(t), "the worker took the protection back")
	other := moto.NewMachine(t)
	second := start(other, 2)
	g.send("poison", "cat", "/does/not/exist")
	took := g.await("the job is done", 15*time.Second, g.isDone("long"))
	assert.Less(t, took, g.lease, "it was handed back; its lease has not run out yet")
	r, err := g.volume.Result("long")
	require.NoError(t, err)
	assert.Equal(t, other.Instance, r.Worker)
	assert.Equal(t, "[interrupted succeeded]", outcomes(r.Attempts))
	assert.Equal(t, machine.Instance, r.Attempts[0].Worker)
	assert.Zero(t, job.CountedAttempts(r.Attempts[:1]), "an interruption is not the job's fault")

	g.await("the queue is empty", 20*time.Second, g.isEmpty)
	letters := g.letters()
	require.Len(t, letters, 1)
	assert.Equal(t, "poison", letters[0].ID)
	assert.Equal(t, "[failed failed failed]", outcomes(letters[0].Attempts))
	last := letters[0].Attempts[2]
	assert.Contains(t, last.Cause, "exited with code 1")
	assert.Contains(t, fmt.Sprint(last.LogTail), "No such file or directory")
	assert.True(t, other.IsProtected(t), "more jobs may come soon")
	require.NoError(t, second.Process.Signal(syscall.SIGTERM))
	assert.Equal(t, exitDrained, second.exitCode(t, 10*time.Second))
	assert.False(t, other.IsProtected(t))
}

// hook is what moto lacks: instance metadata, and an Auto Scaling API that knows
// lifecycle actions. It notes the calls of the API.
type hook struct {
	mu    sync.Mutex
	state string
	calls []string
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	action := r.PostFormValue("Action")
	switch {
	case r.Method == http.MethodPut:
		fmt.Fprint(w, "token")
	case r.URL.Path == "/latest/meta-data/autoscaling/target-lifecycle-state":
		fmt.Fprint(w, h.state)
	case action == "":
		http.NotFound(w, r)
	default:
		h.calls = append(h.calls, fmt.Sprint(action, " ", r.PostFormValue("AutoScalingGroupName"), " ", r.PostFormValue("ProtectedFromScaleIn"), r.PostFormValue("LifecycleActionResult")))
		fmt.Fprintf(w, "<%[1]sResponse><%[1]sResult/></%[1]sResponse>", action)
	}
}

func (h *hook) set(state string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state = state
}

func (h *hook) seen() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.calls)
}

func TestMachineThatItsGroupTakesAwayIsDrainedAndLetGo(t *testing.T) {
	t.Parallel()
	h := &hook{state: "InService"}
	server := httptest.NewServer(h)
	defer server.Close()
	g := newGrid(t, 30)
	g.environment = mototest.Server{Endpoint: server.URL}.Environment()
	p := g.start("w", "SPOTGRID_METADATA_URL="+server.URL, "SPOTGRID_GROUP_URL="+groupURL("workers", "i-0123456789abcdef0"), "SPOTGRID_DRAIN_SECONDS=20")
	g.send("j", "sleep", "3")
	g.await("the job runs", 10*time.Second, g.isRunning("j"))
	g.await("the machine is protected", 10*time.Second, func() bool { return len(h.seen()) == 1 })
	h.set("Terminated")
	assert.Equal(t, exitDrained, p.exitCode(t, 15*time.Second))
	assert.Equal(t, []string{
		"SetInstanceProtection workers true", "SetInstanceProtection workers false", "CompleteLifecycleAction workers CONTINUE",
	}, h.seen())
	assert.True(t, g.isDone("j")(), "the group waited for the job")
}
