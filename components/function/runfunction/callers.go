package runfunction

import (
	"encoding/base64"
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/cloudscheduler"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/pubsub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/cron"
	"github.com/spotgrid/spotgrid/components/function"
)

const (
	// A message whose call failed comes back after at least the one and at
	// most the other, ever later. Without, Pub/Sub would deliver it at once, and
	// one that found all instances busy would soon be given up.
	minBackoffSeconds = 10
	maxBackoffSeconds = 600

	// A call by the clock that fails is tried again so often, which is the most
	// that Cloud Scheduler takes, and for an hour: until both are over, first
	// after so long and then twice as long so often. Afterwards, a call of that
	// hour is of no use (API reference, RetryConfig).
	lateAttempts       = 5
	lateSeconds        = 3600
	lateBackoffSeconds = 10
	lateDoublings      = 5
)

// seconds is a duration as Google's APIs write it.
func seconds(n int) pulumi.String { return pulumi.String(fmt.Sprintf("%ds", n)) }

// buildSource lets the queue call the function, by a subscription of the
// function's own that pushes to it in the caller's name. Pub/Sub makes the token
// of that name itself.
// Source: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
func (p *plan) buildSource() error {
	s := p.args.Source
	if s == nil {
		return nil
	}
	if s.Concurrency < p.args.Concurrency {
		// Not a fault: a grid may well be asked for it that stands elsewhere too.
		text := fmt.Sprintf("function %q: its queue may make up to %d calls at a time, not %d: Pub/Sub has no bound but the function's own", p.name, p.args.Concurrency, s.Concurrency)
		if err := p.ctx.Log.Warn(text, nil); err != nil {
			return err
		}
	}
	q, err := p.options.SourceQueue(*s)
	if err != nil {
		return err
	}
	subscription, err := pubsub.NewSubscription(p.ctx, p.child("source"), p.subscription(s, q), p.parent, pulumi.DependsOn([]pulumi.Resource{p.mayCall}))
	if err != nil {
		return err
	}
	// Forwarding a dead letter acknowledges it where it was.
	// Source: https://cloud.google.com/pubsub/docs/handling-failures
	_, err = pubsub.NewSubscriptionIAMMember(p.ctx, p.child("source-to-dead"), &pubsub.SubscriptionIAMMemberArgs{
		Project: pulumi.String(p.options.Project), Subscription: subscription.Name,
		Role: pulumi.String("roles/pubsub.subscriber"), Member: q.ServiceAgent,
	}, p.parent)
	return err
}

func (p *plan) subscription(s *function.Source, q Queue) *pubsub.SubscriptionArgs {
	return &pubsub.SubscriptionArgs{
		Project: pulumi.String(p.options.Project), Name: q.Subscription, Topic: q.Topic,
		AckDeadlineSeconds:       pulumi.Int(s.LeaseSeconds),
		MessageRetentionDuration: seconds(q.RetentionHours * 3600),
		// By default a subscription is deleted that delivers nothing for 31 days.
		ExpirationPolicy: pubsub.SubscriptionExpirationPolicyArgs{Ttl: pulumi.String("")},
		DeadLetterPolicy: pubsub.SubscriptionDeadLetterPolicyArgs{
			DeadLetterTopic: q.DeadLetterTopic.ToStringOutput(), MaxDeliveryAttempts: pulumi.Int(q.MaxDeliveries),
		},
		RetryPolicy: pubsub.SubscriptionRetryPolicyArgs{
			MinimumBackoff: seconds(minBackoffSeconds), MaximumBackoff: seconds(maxBackoffSeconds),
		},
		PushConfig: pubsub.SubscriptionPushConfigArgs{
			PushEndpoint: p.built.Service.Uri,
			OidcToken: pubsub.SubscriptionPushConfigOidcTokenArgs{
				ServiceAccountEmail: p.built.Caller.Email, Audience: p.built.Service.Uri,
			},
		},
		Labels: p.labels(),
	}
}

// buildSchedules lets the clock call the function, at the minute and in UTC.
func (p *plan) buildSchedules() error {
	for i, s := range p.args.Schedules {
		if err := p.buildSchedule(fmt.Sprintf("schedule-%d", i+1), s); err != nil {
			return fmt.Errorf("schedule %q: %w", s.Cron, err)
		}
	}
	return nil
}

func (p *plan) buildSchedule(child string, s function.Schedule) error {
	when, err := cron.Parse(s.Cron)
	if err != nil {
		return err
	}
	payload := s.Payload
	if payload == "" {
		payload = "{}"
	}
	_, err = cloudscheduler.NewJob(p.ctx, p.child(child), &cloudscheduler.JobArgs{
		Project: pulumi.String(p.options.Project), Region: pulumi.String(p.options.Region),
		Description: pulumi.String("Calls the function " + p.name),
		Schedule:    pulumi.String(when.Unix()), TimeZone: pulumi.String("Etc/UTC"),
		AttemptDeadline: seconds(max(minAttemptSeconds, p.args.TimeoutSeconds)),
		RetryConfig: cloudscheduler.JobRetryConfigArgs{
			RetryCount: pulumi.Int(lateAttempts), MaxRetryDuration: seconds(lateSeconds),
			MinBackoffDuration: seconds(lateBackoffSeconds), MaxBackoffDuration: seconds(maxBackoffSeconds), MaxDoublings: pulumi.Int(lateDoublings),
		},
		HttpTarget: cloudscheduler.JobHttpTargetArgs{
			Uri: p.built.Service.Uri, HttpMethod: pulumi.String("POST"),
			Headers: pulumi.StringMap{"Content-Type": pulumi.String("application/json")},
			Body:    pulumi.String(base64.StdEncoding.EncodeToString([]byte(payload))),
			OidcToken: cloudscheduler.JobHttpTargetOidcTokenArgs{
				ServiceAccountEmail: p.built.Caller.Email, Audience: p.built.Service.Uri,
			},
		},
	}, p.parent, pulumi.DependsOn([]pulumi.Resource{p.mayCall}))
	return err
}
