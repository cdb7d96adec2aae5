package runfunction_test

import (
	"encoding/base64"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/function/functiontest"
	"github.com/spotgrid/spotgrid/components/function/runfunction"
	"github.com/spotgrid/spotgrid/components/gcptest"
)

const (
	subscriptionType = "gcp:pubsub/subscription:Subscription"
	jobType          = "gcp:cloudscheduler/job:Job"
)

// called are arguments of a function that a queue and two schedules call.
func called(t *testing.T) function.Args {
	a := functiontest.Valid(t)
	a.Source = functiontest.ValidSource(runfunction.New(runfunction.Options{}))
	a.Schedules = []function.Schedule{{Cron: "30 4 * * mon"}, {Cron: "*/5 * * * *", Payload: `{"jobs":1}`}}
	return a
}

// token is what a caller shows, in the places where what is not known in a
// preview is taken out.
func token(t *testing.T, of resource.PropertyMap) {
	t.Helper()
	oidc := of["oidcToken"].ObjectValue()
	isOr(t, "quote-caller"+accounts, oidc["serviceAccountEmail"])
	isOr(t, serviceURL, oidc["audience"])
	assert.Len(t, oidc, 2)
	delete(of, "oidcToken")
}

func TestAQueuePushesItsMessagesAndGivesUpThoseThatFailTooOften(t *testing.T) {
	run(t, options(), called(t), func(t *testing.T, tree *componenttest.Tree) {
		in := tree.One(t, subscriptionType, "quote-source").Inputs
		push := in["pushConfig"].ObjectValue()
		token(t, push)
		isOr(t, serviceURL, push["pushEndpoint"])
		assert.Len(t, push, 1)
		delete(in, "pushConfig")
		delete(in, "labels")
		assert.Equal(t, map[string]any{
			"project": "acme-grid", "topic": "projects/acme-grid/topics/calls", "ackDeadlineSeconds": 40.0, "messageRetentionDuration": "345600s",
			"expirationPolicy": map[string]any{"ttl": ""},
			"deadLetterPolicy": map[string]any{"deadLetterTopic": "projects/acme-grid/topics/calls-dead", "maxDeliveryAttempts": 20.0},
			"retryPolicy":      map[string]any{"minimumBackoff": "10s", "maximumBackoff": "600s"},
		}, in.Mappable())
		isOr(t, "quote-source-1a2b3c4", tree.One(t, "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember", "quote-source-to-dead").Inputs["subscription"])
	})
}

func TestASubscriptionMayHaveANameThatOthersKnow(t *testing.T) {
	o := options()
	o.SourceQueue = func(s function.Source) (runfunction.Queue, error) {
		q, err := calls(s)
		q.Subscription = pulumi.String("calls-work")
		return q, err
	}
	run(t, o, called(t), func(t *testing.T, tree *componenttest.Tree) {
		assert.Equal(t, "calls-work", tree.One(t, subscriptionType, "quote-source").Inputs["name"].StringValue())
	})
}

func TestTheClockCallsTheFunctionInUTC(t *testing.T) {
	a := called(t)
	for timeout, deadline := range map[int]string{10: "15s", 300: "300s"} {
		a.TimeoutSeconds, a.Source = timeout, nil
		run(t, options(), a, func(t *testing.T, tree *componenttest.Tree) {
			for name, want := range map[string]struct{ when, payload string }{
				"quote-schedule-1": {"30 4 * * MON", "{}"},
				"quote-schedule-2": {"*/5 * * * *", `{"jobs":1}`},
			} {
				in := tree.One(t, jobType, name).Inputs
				target := in["httpTarget"].ObjectValue()
				token(t, target)
				isOr(t, serviceURL, target["uri"])
				delete(target, "uri")
				assert.Equal(t, map[string]any{
					"project": "acme-grid", "region": "europe-west1", "description": "Calls the function quote",
					"schedule": want.when, "timeZone": "Etc/UTC", "attemptDeadline": deadline,
					"retryConfig": map[string]any{
						"retryCount": 5.0, "maxRetryDuration": "3600s", "minBackoffDuration": "10s", "maxBackoffDuration": "600s", "maxDoublings": 5.0,
					},
					"httpTarget": map[string]any{
						"httpMethod": "POST", "headers": map[string]any{"Content-Type": "application/json"},
						"body": base64.StdEncoding.EncodeToString([]byte(want.payload)),
					},
				}, in.Mappable())
			}
			assert.Len(t, tree.Of(jobType), 2)
			assert.Empty(t, tree.Of(subscriptionType))
		})
	}
}

func TestCallersMayCallThisOneFunctionAndNoMore(t *testing.T) {
	invoke := gcptest.Grant{On: "quote-caller-calls", Role: "roles/run.invoker", Member: "serviceAccount:quote-caller" + accounts}
	dead := gcptest.Grant{On: "quote-source-to-dead", Role: "roles/pubsub.subscriber", Member: pubsubAgent}
	a := called(t)
	run(t, options(), a, func(t *testing.T, tree *componenttest.Tree) {
		got := gcptest.Grants(t, tree)
		assert.Contains(t, got, dead)
		if len(got) > 1 { // else a preview
			assert.ElementsMatch(t, []gcptest.Grant{invoke, dead}, got)
		}
		isOr(t, "quote-service-1a2b3c4", tree.One(t, memberType, "quote-caller-calls").Inputs["name"])
		assert.Len(t, tree.Of(memberType), 1)
	})
	a.Source = nil
	run(t, options(), a, func(t *testing.T, tree *componenttest.Tree) {
		if got := gcptest.Grants(t, tree); len(got) > 0 { // else a preview
			assert.Equal(t, []gcptest.Grant{invoke}, got)
		}
	})
}

func TestWhatCallersCannotWaitForIsRefused(t *testing.T) {
	t.Parallel()
	d := runfunction.New(options())
	a := called(t)
	a.TimeoutSeconds, a.Source.LeaseSeconds = 600, 600
	assert.NoError(t, d.Check(a))
	a.TimeoutSeconds, a.Source.LeaseSeconds = 1801, 1801
	err := d.Check(a)
	assert.ErrorContains(t, err, "source.leaseSeconds is 1801, want at most 600: Pub/Sub waits no longer")
	assert.ErrorContains(t, err, "timeoutSeconds is 1801, want 1..600 for a function with a source")
	assert.ErrorContains(t, err, "timeoutSeconds is 1801, want 1..1800 for a function with schedules: Cloud Scheduler waits no longer")
	a.Source = nil
	a.TimeoutSeconds = 1800
	assert.NoError(t, d.Check(a))
	a.Schedules, a.TimeoutSeconds = nil, 3600
	assert.NoError(t, d.Check(a))
}
