package aws_test

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/mototest"
	"github.com/spotgrid/spotgrid/workloads/scaler"
	"github.com/spotgrid/spotgrid/workloads/scaler/aws"
)

func TestMain(m *testing.M) { os.Exit(mototest.Main(m)) }

const (
	visible  = "ApproximateNumberOfMessagesVisible"
	inFlight = "ApproximateNumberOfMessagesNotVisible"
	delayed  = "ApproximateNumberOfMessagesDelayed"
)

// since is what the scaler asks for with a quiet time of 15 minutes.
var since = now.Add(-20 * time.Minute)

func TestBacklogIsWhatWaitsRunsAndIsDelayed(t *testing.T) {
	s, c := start(t)
	s.count("3", "4", "5")
	s.sample(visible, 10, 99)
	points, err := c.Backlog(t.Context(), queue, since)
	require.NoError(t, err)
	assert.Equal(t, []scaler.Point{{At: now, Jobs: 12}}, points)
	assert.Empty(t, s.asked, "how it was before matters only when there is nothing to do")
}

func TestAnEmptyQueueSaysForHowLong(t *testing.T) {
	s, c := start(t)
	s.count("0", "0", "0")
	for ago := 25; ago >= 0; ago-- {
		s.sample(visible, ago, 0)
	}
	s.sample(visible, 9, 1)
	s.sample(inFlight, 8, 2)
	s.sample(inFlight, 7, 1)
	s.sample(delayed, 7, 4)
	points, err := c.Backlog(t.Context(), queue, since)
	require.NoError(t, err)
	jobs := map[int]int{9: 1, 8: 2, 7: 5}
	var want []scaler.Point
	for ago := 20; ago >= 4; ago-- { // later than since, older than 3 minutes
		want = append(want, scaler.Point{At: minute(ago).Add(time.Minute), Jobs: jobs[ago]})
	}
	assert.Equal(t, append(want, scaler.Point{At: now}), points)
	require.Len(t, s.asked, 1)
	assert.Equal(t, []any{"AWS/SQS", visible, "QueueName", "jobs", uint64(60), "Maximum"}, first(s.asked[0]))
}

// first is the first query of a request.
func first(in cbor.Map) []any {
	stat := in["MetricDataQueries"].(cbor.List)[0].(cbor.Map)["MetricStat"].(cbor.Map)
	metric := stat["Metric"].(cbor.Map)
	dimension := metric["Dimensions"].(cbor.List)[0].(cbor.Map)
	return []any{string(metric["Namespace"].(cbor.String)), string(metric["MetricName"].(cbor.String)), string(dimension["Name"].(cbor.String)),
		string(dimension["Value"].(cbor.String)), uint64(stat["Period"].(cbor.Uint)), string(stat["Stat"].(cbor.String))}
}

func TestWhatCloudWatchDoesNotKnowIsNotCalledQuiet(t *testing.T) {
	for name, c := range map[string]struct {
		known []int // minutes ago
		want  int   // counts of before that are used
	}{
		"nothing":                       {nil, 0},
		"only long ago":                 {[]int{20, 19, 18, 17}, 0},
		"a gap":                         {[]int{20, 19, 18, 10, 9, 8, 7, 6, 5, 4}, 7},
		"a minute that is missing":      {[]int{20, 18, 16, 14, 12, 10, 8, 6, 4}, 9},
		"all of it":                     {[]int{20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4}, 17},
		"what is too new to be settled": {[]int{3, 2, 1, 0}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, cloud := start(t)
			s.count("0", "0", "0")
			for _, ago := range c.known {
				s.sample(visible, ago, 0)
			}
			points, err := cloud.Backlog(t.Context(), queue, since)
			require.NoError(t, err)
			assert.Len(t, points, c.want+1)
			assert.Equal(t, scaler.Point{At: now}, points[len(points)-1])
		})
	}
}

func TestCountsThatAreNoneAreErrors(t *testing.T) {
	s, c := start(t)
	for _, bad := range []string{"", "-1", "1.5", "many"} {
		s.count("0", bad, "0")
		_, err := c.Backlog(t.Context(), queue, since)
		assert.ErrorContains(t, err, fmt.Sprintf("counting the messages now: ApproximateNumberOfMessagesNotVisible is %q, want a whole number from 0", bad))
	}
	s.count("0", "0", "0")
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1)} {
		s.sample(visible, 6, bad)
		_, err := c.Backlog(t.Context(), queue, since)
		assert.ErrorContains(t, err, "reading the counts of before: a count is ")
	}
	s.status = "Forbidden"
	_, err := c.Backlog(t.Context(), queue, since)
	assert.ErrorContains(t, err, "reading the counts of before: CloudWatch says Forbidden of a metric")
}

func TestSizeCountsMachinesInService(t *testing.T) {
	s, c := start(t)
	s.setGroup(6, 1, "InService", "Pending", "Pending:Wait", "Terminating:Wait", "InService", "Standby")
	size, err := c.Size(t.Context(), group)
	require.NoError(t, err)
	assert.Equal(t, scaler.Size{Target: 6, Running: 2}, size)
}

func TestFailuresAreThoseToStartMachines(t *testing.T) {
	s, c := start(t)
	at := func(minutes int) time.Time { return now.Add(-time.Duration(minutes) * time.Minute) }
	activity := func(minutes int, status, description string) string {
		return fmt.Sprintf("<member><StatusCode>%s</StatusCode><Description>%s</Description><StartTime>%s</StartTime><EndTime>%s</EndTime></member>",
			status, description, at(minutes+1).Format(time.RFC3339), at(minutes).Format(time.RFC3339))
	}
	const launch = "Launching a new EC2 instance.  Status Reason: Could not launch Spot Instances. InsufficientInstanceCapacity"
	s.xml["DescribeScalingActivities"] = "<Activities>" + strings.Join([]string{
		activity(1, "Failed", "Terminating EC2 instance: i-1"), activity(2, "Cancelled", launch), activity(3, "Successful", "Launching a new EC2 instance: i-2"),
		activity(5, "Failed", launch), activity(9, "Failed", launch), activity(40, "Failed", launch), activity(4, "InProgress", launch),
	}, "") + "</Activities>"
	first, last, err := c.Failures(t.Context(), group, now.Add(-30*time.Minute))
	require.NoError(t, err)
	assert.Equal(t, []time.Time{at(9), at(2)}, []time.Time{first, last})
	assert.Equal(t, "100", s.calls[0].Get("MaxRecords"))
	assert.Equal(t, []string{"DescribeScalingActivities"}, s.requests(t))

	s.xml["DescribeScalingActivities"] = ""
	first, last, err = c.Failures(t.Context(), group, now)
	require.NoError(t, err)
	assert.True(t, first.IsZero() && last.IsZero())
}

func TestResizeSetsTheTargetAtOnce(t *testing.T) {
	s, c := start(t)
	s.setGroup(1, 0)
	require.NoError(t, c.Resize(t.Context(), group, 7))
	require.NoError(t, c.Resize(t.Context(), group, 0))
	assert.Equal(t, []string{"SetDesiredCapacity 7", "SetDesiredCapacity 0"}, s.requests(t))
	assert.Equal(t, "false", s.calls[0].Get("HonorCooldown"))
}

func TestCancelTakesBackWhatHasNotStarted(t *testing.T) {
	for name, c := range map[string]struct {
		desired, least, count int
		states                string
		want                  int
		calls                 []string
	}{
		"some of it":              {9, 0, 2, "InService", 2, []string{"SetDesiredCapacity 7"}},
		"all of it":               {9, 0, 20, "InService InService", 7, []string{"SetDesiredCapacity 2"}},
		"what has begun stays":    {5, 0, 5, "InService Pending Pending:Wait Pending:Proceed", 1, []string{"SetDesiredCapacity 4"}},
		"what leaves is not here": {3, 0, 5, "InService Terminating Terminating:Wait", 2, []string{"SetDesiredCapacity 1"}},
		"the minimum stays":       {5, 4, 5, "InService", 1, []string{"SetDesiredCapacity 4"}},
		"nothing is owed":         {2, 0, 5, "InService InService", 0, nil},
		"more than should be":     {1, 0, 5, "InService InService", 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, cloud := start(t)
			s.setGroup(c.desired, c.least, strings.Fields(c.states)...)
			taken, err := cloud.Cancel(t.Context(), group, c.count)
			require.NoError(t, err)
			assert.Equal(t, c.want, taken)
			assert.Equal(t, append([]string{"DescribeAutoScalingGroups"}, c.calls...), s.requests(t))
		})
	}
}

func TestWhatIsNotThereOrNotAllowedIsAnError(t *testing.T) {
	s, c := start(t)
	s.xml["DescribeAutoScalingGroups"] = "<AutoScalingGroups></AutoScalingGroups>"
	_, err := c.Size(t.Context(), group)
	assert.EqualError(t, err, `there is no Auto Scaling group "workers" in eu-central-1`)
	_, err = c.Cancel(t.Context(), group, 1)
	assert.ErrorContains(t, err, "there is no Auto Scaling group")
	_, err = c.Backlog(t.Context(), strings.Replace(queue, "jobs", "others", 1), since)
	assert.ErrorContains(t, err, "NonExistentQueue: no such queue")
	err = c.Resize(t.Context(), group, 1)
	assert.Equal(t, awsclient.NoAccess, awsclient.ClassOf(err), "%v", err)
	_, _, err = c.Failures(t.Context(), group, since)
	assert.Equal(t, awsclient.NoAccess, awsclient.ClassOf(err), "%v", err)
	assert.Len(t, s.requests(t), 4, "no call is tried again: the next tick does")
}

func TestURLsAreChecked(t *testing.T) {
	t.Parallel()
	c := &aws.Cloud{}
	assert.NoError(t, c.CheckQueue(queue))
	assert.NoError(t, c.CheckGroup(group))
	assert.NoError(t, c.CheckGroup("asg://us-gov-west-1/grid/spot+1"))
	for bad, want := range map[string]string{
		"pubsub://grid-project/jobs":                                    `scheme is "pubsub", want sqs`,
		"sqs://localhost:4566/123456789012/jobs":                        `host is "localhost:4566", want sqs.REGION.amazonaws.com`,
		"sqs://sqs.evil.com/sqs.eu-west-1.amazonaws.com/jobs":           `host is "sqs.evil.com"`,
		"sqs://sqs.eu-west-1.amazonaws.com.evil.com/123456789012/jobs":  "host is",
		"sqs://sqs.eu-west-1.amazonaws.com/12345/jobs":                  `account is "12345", want 12 digits`,
		"sqs://sqs.eu-west-1.amazonaws.com/123456789012/jobs.fifo":      `queue is "jobs.fifo"`,
		"sqs://sqs.eu-west-1.amazonaws.com/123456789012/a/b":            `queue is "a/b"`,
		"sqs://sqs.eu-west-1.amazonaws.com/123456789012/jobs?region=x":  "it has parameters or a fragment, want none",
		"sqs://me:secret@sqs.eu-west-1.amazonaws.com/123456789012/jobs": "it has a user or password, want none",
		"sqs://%zz": "not a URL, want sqs://",
	} {
		err := c.CheckQueue(bad)
		require.ErrorContains(t, err, want, bad)
		assert.NotContains(t, err.Error(), "secret")
	}
	for bad, want := range map[string]string{
		"mig://grid-project/europe-west1/workers": `scheme is "mig", want asg`, "asg://here/workers": `region is "here"`,
		"asg://eu-west-1/": `group is ""`, "asg://eu-west-1/a:b": `group is "a:b"`, "asg://eu-west-1/" + strings.Repeat("a", 256): "want 1..255",
		group + "?instance=i-0123456789abcdef0&hook=drain": "it has parameters", "asg://%zz": "not a URL, want asg://",
	} {
		assert.ErrorContains(t, c.CheckGroup(bad), want, bad)
	}
}

func TestHalfASettingIsRefusedAtTheStart(t *testing.T) {
	t.Setenv(awsclient.RoleVariable, "arn:aws:iam::123456789012:role/scaler")
	_, err := aws.New(time.Now)
	assert.ErrorContains(t, err, "SPOTGRID_AWS_AUDIENCE is")
}

// TestATickOnAWS goes through all of it: jobs are counted, one group has no
// capacity, and machines come to rest when there has been nothing to do.
func TestATickOnAWS(t *testing.T) {
	s, c := start(t)
	config, err := scaler.Parse(fmt.Sprintf(`{"fleets":[{"name":"workers","queue":%q,"jobsPerWorker":2,"maxWorkers":10,"groups":[{"url":%q,"maxWorkers":10}]}]}`, queue, group), c)
	require.NoError(t, err)
	tick := func() string { // as a function does that has just started
		decisions, err := scaler.New(config, c, nil, func() time.Time { return now }).Tick(t.Context())
		require.NoError(t, err)
		return fmt.Sprint(decisions[0].Changes)
	}
	s.setGroup(1, 0, "InService")
	s.xml["DescribeScalingActivities"] = ""
	s.count("5", "2", "0")
	assert.Equal(t, "[raise workers 1→4]", tick())

	s.count("0", "0", "0")
	assert.Equal(t, "[]", tick(), "nobody knows for how long")
	for ago := 25; ago >= 0; ago-- {
		s.sample(visible, ago, 0)
	}
	assert.Equal(t, "[]", tick(), "the group has just been seen to be large")
}

func TestAGroupComesToRestWhenThereHasBeenNothingToDo(t *testing.T) {
	s, c := start(t)
	config, err := scaler.Parse(fmt.Sprintf(`{"fleets":[{"name":"workers","queue":%q,"jobsPerWorker":2,"maxWorkers":10,"quietSeconds":600,"groups":[{"url":%q,"minWorkers":1,"maxWorkers":10}]}]}`, queue, group), c)
	require.NoError(t, err)
	clock := now.Add(-11 * time.Minute)
	sc := scaler.New(config, c, nil, func() time.Time { return clock })
	s.setGroup(3, 1, "InService", "InService", "InService")
	s.count("0", "0", "0")
	for ago := 40; ago >= 0; ago-- {
		s.sample(visible, ago, 0)
	}
	s.sample(inFlight, 14, 1)
	_, err = sc.Tick(t.Context()) // sees the group large
	require.NoError(t, err)
	clock = now
	decisions, err := sc.Tick(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "[rest workers 3→1]", fmt.Sprint(decisions[0].Changes), decisions[0].Why)
	assert.Contains(t, s.requests(t), "SetDesiredCapacity 1")
}
