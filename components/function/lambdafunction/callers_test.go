package lambdafunction_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/function/functiontest"
	"github.com/spotgrid/spotgrid/components/function/lambdafunction"
)

// called are arguments of a function that a queue and two schedules call.
func called(t *testing.T) function.Args {
	a := functiontest.Valid(t)
	a.Source = functiontest.ValidSource(lambdafunction.New(lambdafunction.Options{}))
	a.Schedules = []function.Schedule{{Cron: "30 4 * * 1"}, {Cron: "*/5 * * * *", Payload: `{"jobs":1}`}}
	return a
}

func TestAQueueCallsTheFunctionWithBatchesOfWhichOnlyFailuresComeBack(t *testing.T) {
	a := called(t)
	for batch, window := range map[int]float64{1: 0, 10: 0, 11: 1, 10_000: 1} {
		a.Source.BatchSize, a.Concurrency, a.Source.Concurrency = batch, 40, 30
		run(t, options(t), a, func(t *testing.T, tree *componenttest.Tree) {
			in := tree.One(t, "aws:lambda/eventSourceMapping:EventSourceMapping", "quote-source").Inputs
			if in["functionName"].IsString() { // else it is a preview
				assert.Equal(t, quoteARN, in["functionName"].StringValue())
			}
			delete(in, "functionName")
			assert.Equal(t, map[string]any{
				"eventSourceArn": queueARN, "batchSize": float64(batch), "maximumBatchingWindowInSeconds": window,
				"functionResponseTypes": []any{"ReportBatchItemFailures"}, "scalingConfig": map[string]any{"maximumConcurrency": 30.0},
			}, in.Mappable())
		})
	}
}

func TestALeaseCountsTheSecondsThatABatchGathers(t *testing.T) {
	t.Parallel()
	d, a := lambdafunction.New(options(t)), called(t)
	a.Source.LeaseSeconds = 60
	assert.NoError(t, d.Check(a))
	a.Source.BatchSize = 11
	assert.ErrorContains(t, d.Check(a), "source.leaseSeconds is 60, want 61 or more: batches of more than 10 gather for 1 s")
	a.Source.LeaseSeconds = 61
	assert.NoError(t, d.Check(a))
}

func TestTheClockCallsTheFunctionInUTC(t *testing.T) {
	run(t, options(t), called(t), func(t *testing.T, tree *componenttest.Tree) {
		for name, want := range map[string]struct{ when, payload string }{
			"quote-schedule-1": {"cron(30 4 ? * MON *)", "{}"},
			"quote-schedule-2": {"cron(0/5 * * * ? *)", `{"jobs":1}`},
		} {
			in := tree.One(t, "aws:scheduler/schedule:Schedule", name).Inputs
			assert.Equal(t, want.when, in["scheduleExpression"].StringValue())
			assert.Equal(t, "UTC", in["scheduleExpressionTimezone"].StringValue())
			assert.Equal(t, map[string]any{"mode": "OFF"}, in["flexibleTimeWindow"].Mappable())
			target := in["target"].ObjectValue()
			assert.Equal(t, want.payload, target["input"].StringValue())
			assert.Equal(t, map[string]any{"maximumEventAgeInSeconds": 3600.0, "maximumRetryAttempts": 10.0}, target["retryPolicy"].Mappable())
			if target["arn"].IsString() { // else it is a preview
				assert.Equal(t, quoteARN, target["arn"].StringValue())
				assert.Equal(t, "arn:aws:iam::123456789012:role/quote-clock", target["roleArn"].StringValue())
			}
		}
		assert.Len(t, tree.Of("aws:scheduler/schedule:Schedule"), 2)
	})
}

func TestWhatNobodyAskedForIsNotThere(t *testing.T) {
	run(t, options(t), functiontest.Valid(t), func(t *testing.T, tree *componenttest.Tree) {
		assert.Empty(t, tree.Of("aws:lambda/eventSourceMapping:EventSourceMapping"))
		assert.Empty(t, tree.Of("aws:scheduler/schedule:Schedule"))
		assert.Len(t, tree.Of("aws:iam/role:Role"), 1)
	})
}

// allow is a statement as AWS would read it.
func allow(sid, resource string, actions ...string) awstest.Statement {
	return awstest.Statement{Sid: sid, Effect: "Allow", Action: actions, Resource: []string{resource}}
}

func trust(sid, service string) awstest.Statement {
	return awstest.Statement{Sid: sid, Effect: "Allow", Principal: map[string]string{"Service": service}, Action: []string{"sts:AssumeRole"}}
}

func TestRolesAllowWhatTheirFunctionDoesAndNoMore(t *testing.T) {
	logs := allow("WriteLogs", "arn:aws:logs:eu-west-1:123456789012:log-group:quote-logs:*", "logs:CreateLogStream", "logs:PutLogEvents")
	runs := trust("RunFunction", "lambda.amazonaws.com")
	t.Run("of its own", func(t *testing.T) {
		policies(t, options(t), functiontest.Valid(t), map[string][]awstest.Statement{"quote-role": {runs}, "quote-role-policy": {logs}})
	})
	t.Run("called, traced and encrypted", func(t *testing.T) {
		o := options(t)
		o.Tracing, o.KMSKeyARN = true, pulumi.String(keyARN)
		traces := allow("SendTraces", "*", "xray:PutTraceSegments", "xray:PutTelemetryRecords")
		traces.Condition = map[string]map[string]string{"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
		clock := trust("CallBySchedule", "scheduler.amazonaws.com")
		clock.Condition = map[string]map[string]string{"StringEquals": {"aws:SourceAccount": "123456789012"}}
		policies(t, o, called(t), map[string][]awstest.Statement{
			"quote-role": {runs},
			"quote-role-policy": {
				logs, traces, allow("DecryptEnvironment", keyARN, "kms:Decrypt"),
				allow("ReceiveCalls", queueARN, "sqs:ReceiveMessage", "sqs:DeleteMessage"),
			},
			"quote-clock":        {clock},
			"quote-clock-policy": {allow("CallFunction", quoteARN, "lambda:InvokeFunction")},
		})
	})
}

// policies checks that these are all the tree's, in an update; in a preview,
// those that name what is not there yet are missing.
func policies(t *testing.T, o lambdafunction.Options, a function.Args, want map[string][]awstest.Statement) {
	t.Helper()
	run(t, o, a, func(t *testing.T, tree *componenttest.Tree) {
		got := awstest.Policies(t, tree)
		for name, statements := range got {
			assert.Equal(t, want[name], statements, name)
		}
		known := true
		for _, r := range tree.Of("aws:iam/rolePolicy:RolePolicy") {
			known = known && r.Inputs[resource.PropertyKey("policy")].IsString()
		}
		if known {
			assert.Len(t, got, len(want))
		}
	})
}
