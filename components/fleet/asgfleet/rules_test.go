package asgfleet_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
)

const (
	policyType = "aws:autoscaling/policy:Policy"
	alarmType  = "aws:cloudwatch/metricAlarm:MetricAlarm"
)

// rules are a fleet's scaling as it was declared.
type rules struct {
	follow      string // expression
	target      float64
	wake, sleep alarm
	steps       []step
	exact       int // what sleep sets
}

type alarm struct {
	expression, comparison, missing string
	threshold                       float64
	periods                         int
}

// step is a change of capacity for a metric of lower..upper.
type step struct {
	lower, upper float64
	change       int
}

// declare reads the rules of a fleet with such arguments.
func declare(t *testing.T, a fleet.Args) rules {
	t.Helper()
	tree := componenttest.NewTree(awstest.Compute)
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := fleet.New(ctx, "spot", asgfleet.New(options(t)), a)
		return err
	}, pulumi.WithMocks("spotgrid", "test", tree)))
	r := rules{sleep: readAlarm(t, tree, "spot-sleep")}
	track := inputs(t, tree, policyType, "spot-follow")["targetTrackingConfiguration"].(map[string]any)
	r.target = track["targetValue"].(float64)
	for _, m := range track["customizedMetricSpecification"].(map[string]any)["metrics"].([]any) {
		if m := m.(map[string]any); m["returnData"] == true {
			r.follow = m["expression"].(string)
		}
	}
	sleep := inputs(t, tree, policyType, "spot-sleep")
	require.Equal(t, "ExactCapacity", sleep["adjustmentType"])
	r.exact = readSteps(t, sleep)[0].change
	if a.MinWorkers == 0 {
		r.wake = readAlarm(t, tree, "spot-wake")
		wake := inputs(t, tree, policyType, "spot-wake")
		require.Equal(t, "ChangeInCapacity", wake["adjustmentType"])
		r.steps = readSteps(t, wake)
	}
	return r
}

func readAlarm(t *testing.T, tree *componenttest.Tree, name string) alarm {
	t.Helper()
	in := inputs(t, tree, alarmType, name)
	require.Equal(t, []any{"arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:1234:policyName/" + name}, in["alarmActions"])
	require.Equal(t, in["evaluationPeriods"], in["datapointsToAlarm"])
	return alarm{
		expression: in["metricQueries"].([]any)[0].(map[string]any)["expression"].(string),
		comparison: in["comparisonOperator"].(string), missing: in["treatMissingData"].(string),
		threshold: in["threshold"].(float64), periods: int(in["evaluationPeriods"].(float64)),
	}
}

func readSteps(t *testing.T, policy map[string]any) []step {
	t.Helper()
	bound := func(v any, none float64) float64 {
		if v == nil {
			return none
		}
		f, err := strconv.ParseFloat(v.(string), 64)
		require.NoError(t, err)
		return f
	}
	var steps []step
	for _, s := range policy["stepAdjustments"].([]any) {
		s := s.(map[string]any)
		steps = append(steps, step{
			bound(s["metricIntervalLowerBound"], math.Inf(-1)), bound(s["metricIntervalUpperBound"], math.Inf(1)),
			int(s["scalingAdjustment"].(float64)),
		})
	}
	return steps
}

func (a alarm) breaches(v float64) bool {
	if a.comparison == "GreaterThanThreshold" {
		return v > a.threshold
	}
	return v < a.threshold
}

func TestNoMetricIsDividedByNothing(t *testing.T) {
	t.Parallel()
	r := declare(t, valid())
	for _, c := range []struct{ visible, inFlight, instances, want number }{
		{some(10), some(6), some(4), some(4)},
		{some(10), number{}, some(5), some(2)}, // SQS says nothing of messages in flight when there are none
		{some(10), number{}, some(0), some(10)},
		{some(0), number{}, some(0), some(4)}, // the target: neither more nor less
		{some(0), number{}, some(7), some(4)},
		{number{}, number{}, some(3), number{}}, // a queue that sleeps is not an empty one
		{some(10), some(6), number{}, number{}},
	} {
		got := evaluate(t, r.follow, map[string]number{"visible": c.visible, "inFlight": c.inFlight, "instances": c.instances})
		assert.Equal(t, c.want.ok, got.ok, "%+v", c)
		if got.ok {
			assert.InDelta(t, c.want.v, got.v, 1e-9, "%+v", c)
		}
	}
}

func TestAGroupIsOnlyPutToSleepWhileItIsAwake(t *testing.T) {
	t.Parallel()
	a := valid()
	a.MinWorkers, a.MaxWorkers = 2, 10
	r := declare(t, a)
	assert.Equal(t, 2, r.exact)
	for wanted, want := range map[float64]bool{0: false, 2: false, 3: true} {
		v := evaluate(t, r.sleep.expression, map[string]number{"visible": some(0), "inFlight": {}, "wanted": some(wanted)})
		assert.Equal(t, want, r.sleep.breaches(v.v), "%v wanted", wanted)
	}
}

func TestMetricsAreTheQueuesAndTheGroups(t *testing.T) {
	run(t, options(t), valid(), func(t *testing.T, tree *componenttest.Tree) {
		for _, name := range []string{"spot-wake", "spot-sleep"} {
			for _, q := range inputs(t, tree, alarmType, name)["metricQueries"].([]any)[1:] {
				m := q.(map[string]any)["metric"].(map[string]any)
				assert.Equal(t, 60.0, m["period"])
				want := map[string]any{"QueueName": "jobs-work-1a2b3c4"}
				if m["namespace"] == "AWS/AutoScaling" {
					want = map[string]any{"AutoScalingGroupName": "stack-spot"}
				}
				assert.Equal(t, want, m["dimensions"], m["metricName"])
			}
		}
		track := inputs(t, tree, policyType, "spot-follow")["targetTrackingConfiguration"].(map[string]any)
		var names []any
		for _, m := range track["customizedMetricSpecification"].(map[string]any)["metrics"].([]any) {
			if stat, ok := m.(map[string]any)["metricStat"].(map[string]any); ok {
				names = append(names, stat["metric"].(map[string]any)["metricName"])
			}
		}
		assert.Equal(t, []any{
			"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "GroupInServiceInstances",
		}, names)
	})
}

func TestAQueueOfAnotherServiceIsRefused(t *testing.T) {
	t.Parallel()
	a := valid()
	a.Queue.ID = text("jobs")
	_, err := userData(t, a)
	assert.ErrorContains(t, err, `reading queue "jobs": want arn:PARTITION:sqs:REGION:ACCOUNT:NAME`)
}

func TestWakingStartsWhatTheJobsNeedAndNoMore(t *testing.T) {
	t.Parallel()
	for _, maxWorkers := range []int{1, 2, 3, 100, 1000} {
		a := valid()
		a.MaxWorkers = maxWorkers
		steps := declare(t, a).steps
		assert.LessOrEqual(t, len(steps), 20, "a policy takes no more")
		for waiting := 1; waiting < 8*maxWorkers; waiting++ {
			started := change(t, steps, float64(waiting))
			need := min(maxWorkers, (waiting+a.JobsPerWorker-1)/a.JobsPerWorker)
			assert.GreaterOrEqual(t, started, 1, waiting)
			assert.LessOrEqual(t, started, need, waiting)
			assert.Greater(t, 2*started, need-1, "at least half of it: %d", waiting)
		}
	}
}

// change is that of the one step that a metric falls into.
func change(t *testing.T, steps []step, v float64) int {
	t.Helper()
	found := 0
	for _, s := range steps {
		if v >= s.lower && v < s.upper {
			require.Zero(t, found, "two steps for %v", v)
			found = s.change
		}
	}
	require.NotZero(t, found, "no step for %v", v)
	return found
}
