package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/mototest"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/sqs"
	"github.com/spotgrid/spotgrid/workloads/stack"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// cloud is a grid on moto whose volume is not mounted where it says.
type cloud struct {
	place
	t        *testing.T
	server   mototest.Server
	queues   *awssqs.Client
	grid     stack.Grid
	mountURL string // where this machine does have the volume
}

var clouds atomic.Int64

func newCloud(t *testing.T) *cloud {
	t.Helper()
	server := mototest.Need(t)
	c := &cloud{t: t, server: server, place: place{t.TempDir(), server.Environment()}}
	c.queues = awssqs.NewFromConfig(server.Config(t))
	n := clouds.Add(1)
	c.grid = stack.Grid{
		Version: stack.OutputVersion, Target: "aws", VolumeURL: "file:///nowhere/mnt/grid",
		QueueURL: c.queue(fmt.Sprintf("jobs-%d", n)), DeadLetterURL: c.queue(fmt.Sprintf("dead-%d", n)),
		Fleets:    map[string]string{"spot": c.group(fmt.Sprintf("spot-%d", n))},
		Functions: map[string]string{"quote": "arn:aws:lambda:" + mototest.Region + ":" + mototest.Account + ":function:quote-1a2b3c4"},
		Control:   map[string]string{"region": mototest.Region},
	}
	mount := filepath.Join(c.dir, "mount")
	require.NoError(t, volume.Init(mount))
	c.mountURL = "file://" + mount
	return c
}

func (c *cloud) queue(name string) string {
	_, err := c.queues.CreateQueue(c.t.Context(), &awssqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{"VisibilityTimeout": "60"}})
	require.NoError(c.t, err)
	return "sqs://sqs." + mototest.Region + ".amazonaws.com/" + mototest.Account + "/" + name
}

func (c *cloud) group(name string) string {
	client := autoscaling.NewFromConfig(c.server.Config(c.t))
	_, err := client.CreateLaunchConfiguration(c.t.Context(), &autoscaling.CreateLaunchConfigurationInput{
		LaunchConfigurationName: &name, ImageId: aws.String("ami-12345678"), InstanceType: aws.String("c7g.large"),
	})
	require.NoError(c.t, err)
	_, err = client.CreateAutoScalingGroup(c.t.Context(), &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: &name, LaunchConfigurationName: &name, AvailabilityZones: []string{mototest.Region + "a"},
		MinSize: aws.Int32(0), MaxSize: aws.Int32(4), DesiredCapacity: aws.Int32(1),
	})
	require.NoError(c.t, err)
	return name
}

// messages is how many lie in a queue.
func (c *cloud) messages(url string) int {
	out, err := c.queues.GetQueueAttributes(c.t.Context(), &awssqs.GetQueueAttributesInput{
		QueueUrl: aws.String("https" + strings.TrimPrefix(url, "sqs")), AttributeNames: []types.QueueAttributeName{"ApproximateNumberOfMessages"},
	})
	require.NoError(c.t, err)
	n, err := strconv.Atoi(out.Attributes["ApproximateNumberOfMessages"])
	require.NoError(c.t, err)
	return n
}

func (c *cloud) run(stdin string, args ...string) answer {
	c.t.Helper()
	b, err := json.Marshal(map[string]any{"grid": c.grid})
	require.NoError(c.t, err)
	file := filepath.Join(c.dir, "grid.json")
	require.NoError(c.t, os.WriteFile(file, b, 0o600))
	return c.spotgrid(c.t, stdin, append([]string{"--grid", file}, args...)...)
}

func TestWithoutTheVolumeNoBatchIsSent(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for _, args := range [][]string{{"submit", "--", "true"}, {"jobs"}, {"watch"}, {"results"}, {"logs", "x"}, {"dead", "redrive", "--all"}} {
		a := c.run("", args...)
		assert.Equal(t, 3, a.code, args)
		assert.Contains(t, a.err, "the grid's volume is not mounted on this machine", args)
		assert.Contains(t, a.err, "aws ssm start-session --region eu-central-1 --target INSTANCE", args)
		assert.Contains(t, a.err, "--volume file:///FOLDER", args)
	}
	assert.Zero(t, c.messages(c.grid.QueueURL))

	sent := c.run("", "submit", "--volume", c.mountURL, "--batch", "b", "--count", "12", "--", "true")
	require.Zero(t, sent.code, sent.err)
	assert.Equal(t, 12, c.messages(c.grid.QueueURL))
	c.environment = append(c.environment, "SPOTGRID_VOLUME_URL="+c.mountURL)
	listed := c.run("", "jobs", "b", "--json")
	require.Zero(t, listed.code, listed.err)
	assert.Len(t, lines[map[string]any](t, listed.out), 12)
}

func TestDeadLettersOfACloudAreListedWithoutItsVolumeAndSentAgainWithIt(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	body, err := job.Encode(job.Job{
		Version: job.Version, ID: "poison", Batch: "b", Kind: "command", Payload: json.RawMessage(`{"argv":["false"]}`),
		Attempts: []job.Attempt{{Number: 1, Worker: "i-1", Outcome: job.Failed, Cause: "exit status 1"}},
	})
	require.NoError(t, err)
	q := c.run("", "dead", "list")
	assert.Equal(t, "no dead letters\n", q.out, q.err)
	c.send(c.grid.DeadLetterURL, body)
	listed := c.run("", "dead", "list")
	require.Zero(t, listed.code, listed.err)
	assert.Contains(t, listed.out, "poison")
	assert.Contains(t, c.run("", "dead", "show", "poison").out, "exit status 1")

	again := c.run("", "dead", "redrive", "--all", "--volume", c.mountURL)
	require.Zero(t, again.code, again.err)
	assert.Equal(t, 1, c.messages(c.grid.QueueURL))
	assert.Zero(t, c.messages(c.grid.DeadLetterURL))
}

// send puts a body on a queue as workers do.
func (c *cloud) send(url string, body []byte) {
	c.t.Helper()
	q, err := queue.Open(c.t.Context(), url, queue.Openers{"sqs": sqs.Open})
	require.NoError(c.t, err)
	defer q.Close()
	require.NoError(c.t, q.Send(c.t.Context(), queue.Message{ID: "poison", Body: body}))
}

func TestStatusOfACloudIsItsQueuesFleetsAndFunctions(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	require.Zero(t, c.run("", "submit", "--volume", c.mountURL, "--count", "3", "--", "true").code)
	a := c.run("", "status", "--json")
	require.Zero(t, a.code, a.err)
	var s struct {
		Target string
		Queues []struct {
			Name, URL     string
			Ready, Leased int
			LeaseSeconds  int `json:"lease_seconds"`
		}
		Fleets []struct {
			Name, Group string
			Desired     int
			MaxWorkers  int `json:"max_workers"`
			Workers     []struct {
				Name, Zone, Type, State string
				Protected               *bool
			}
		}
		Functions []struct{ Name, ID string }
	}
	require.NoError(t, json.Unmarshal([]byte(a.out), &s))
	assert.Equal(t, "aws", s.Target)
	require.Len(t, s.Queues, 2)
	assert.Equal(t, "jobs", s.Queues[1].Name)
	assert.Equal(t, []int{3, 0, 60}, []int{s.Queues[1].Ready, s.Queues[1].Leased, s.Queues[1].LeaseSeconds})
	require.Len(t, s.Fleets, 1)
	assert.Equal(t, c.grid.Fleets["spot"], s.Fleets[0].Group)
	assert.Equal(t, 4, s.Fleets[0].MaxWorkers)
	require.Len(t, s.Fleets[0].Workers, 1)
	assert.Equal(t, "eu-central-1a", s.Fleets[0].Workers[0].Zone)
	assert.NotNil(t, s.Fleets[0].Workers[0].Protected)
	assert.Equal(t, c.grid.Functions["quote"], s.Functions[0].ID)
}

func TestStatusOfACloudIsReadable(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	text := c.run("", "status")
	require.Zero(t, text.code, text.err)
	assert.Regexp(t, `^grid \S+/grid.json on aws\n`, text.out)
	assert.Regexp(t, `queue +jobs +about 0 waiting, 0 held by workers, as of up to 60 seconds ago; lease 60 s`, text.out)
	assert.Regexp(t, `fleet +spot +1 of 1 workers \(0\.\.4\); group spot-\d`, text.out)
	assert.Contains(t, text.out, c.grid.Functions["quote"])
}

func TestWorkersOfACloudAreItsMachines(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	a := c.run("", "workers", "--json")
	require.Zero(t, a.code, a.err)
	assert.Contains(t, a.err, "what workers are doing is not known here")
	type worker struct{ Name, Zone, Type, State, Fleet, Doing string }
	found := lines[worker](t, a.out)
	require.Len(t, found, 1)
	id := found[0].Name
	assert.Equal(t, worker{id, "eu-central-1a", "c7g.large", "InService", "spot", "unknown"}, found[0])

	v, err := volume.Open(c.mountURL)
	require.NoError(t, err)
	require.NoError(t, v.WriteWorker(volume.Worker{Name: id, State: volume.Busy, Jobs: []string{"b-1", "b-2"}, Done: 7}))
	text := c.run("", "workers", "--volume", c.mountURL)
	require.Zero(t, text.code, text.err)
	assert.Empty(t, text.err)
	assert.Regexp(t, id+` +spot +eu-central-1a +c7g.large +InService +no +busy +7 +0 +b-1 and 1 more`, text.out)
}

func TestWhatOfACloudIsGoneIsSaidAndTheRestShown(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	gone := c.grid.QueueURL
	_, err := c.queues.DeleteQueue(t.Context(), &awssqs.DeleteQueueInput{QueueUrl: aws.String("https" + strings.TrimPrefix(gone, "sqs"))})
	require.NoError(t, err)
	a := c.run("", "status")
	assert.Equal(t, 3, a.code)
	assert.Contains(t, a.err, "has no such queue in eu-central-1")
	assert.Contains(t, a.out, "dead letters")
	assert.Contains(t, a.out, "1 of 1 workers")

	sent := c.run("", "submit", "--volume", c.mountURL, "--", "true")
	assert.Equal(t, 3, sent.code)
	assert.Contains(t, sent.err, "`spotgrid up` brings it back")
	assert.NotContains(t, sent.err, "agent")
}

func TestWithoutCredentialsEveryCommandSaysHowToGetThem(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.environment = append(c.environment, "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=")
	for _, args := range [][]string{{"status"}, {"workers"}, {"dead", "list"}, {"invoke", "quote"}, {"submit", "--volume", c.mountURL, "--", "true"}} {
		a := c.run("{}", args...)
		assert.Equal(t, 1, a.code, args)
		assert.Contains(t, a.err, "no AWS credentials: set AWS_PROFILE", args)
	}
}

func TestAFunctionOfACloudIsInvoked(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	res, err := http.Post(c.server.Endpoint+"/moto-api/config", "application/json", strings.NewReader(`{"lambda":{"use_docker":false}}`))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	a := c.run(`{"jobs": 2}`, "invoke", "quote", "--json")
	require.Zero(t, a.code, a.err)
	assert.Equal(t, "{\"jobs\":2}\n", a.out, "without Docker moto answers with the payload")
	assert.Contains(t, c.run("", "invoke", "--list").out, c.grid.Functions["quote"])
	assert.Contains(t, c.run("{}", "invoke", "quota").err, `no function "quota", want quote`)
}

func TestLocalCommandsRefuseACloud(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	a := c.run("", "interrupt", "i-1")
	assert.Equal(t, 2, a.code)
	assert.Contains(t, a.err, "the grid's target is aws")
	assert.Contains(t, a.err, "works on target local only")
}
