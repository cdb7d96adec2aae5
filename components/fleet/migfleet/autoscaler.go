package migfleet

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// waiting is the metric that Compute Engine's documentation names for this
	// (Compute Engine, scaling based on Cloud Monitoring metrics, per-group
	// metrics). It does not count the jobs that run.
	waiting = "pubsub.googleapis.com/subscription/num_undelivered_messages"
	// cooldownSeconds is how long a machine takes from its start to its first
	// job: boot, mount and download.
	cooldownSeconds = 120
)

// buildAutoscaler has Compute Engine enlarge the group by the messages that
// wait. It never makes it smaller, since it does not know which machines are
// busy: idle ones go by themselves.
func (p *plan) buildAutoscaler(child string, g Group, group *compute.InstanceGroupManager) error {
	_, err := compute.NewAutoscaler(p.ctx, p.child(child), &compute.AutoscalerArgs{
		Project: pulumi.String(p.options.Project), Zone: pulumi.String(g.Location), Target: group.ID(),
		Description: pulumi.String("Follows the messages that wait for fleet " + p.name),
		AutoscalingPolicy: compute.AutoscalerAutoscalingPolicyArgs{
			MinReplicas: pulumi.Int(g.MinWorkers), MaxReplicas: pulumi.Int(g.MaxWorkers),
			CooldownPeriod: pulumi.Int(cooldownSeconds), Mode: pulumi.String("ONLY_UP"),
			Metrics: compute.AutoscalerAutoscalingPolicyMetricArray{compute.AutoscalerAutoscalingPolicyMetricArgs{
				Name: pulumi.String(waiting), Filter: p.args.Queue.ID.ApplyT(metricFilter).(pulumi.StringOutput),
				SingleInstanceAssignment: pulumi.Float64(float64(p.args.JobsPerWorker)),
			}},
		},
	}, p.parent)
	return err
}

var subscriptionPattern = regexp.MustCompile(`^projects/[^/"]+/subscriptions/([^/"]+)$`)

// metricFilter picks the queue's own time series, in the words that an
// autoscaler takes: AND and = (Compute Engine API reference, autoscalers).
func metricFilter(subscription string) (string, error) {
	m := subscriptionPattern.FindStringSubmatch(subscription)
	if m == nil {
		return "", fmt.Errorf("reading queue %q: want projects/PROJECT/subscriptions/NAME", subscription)
	}
	return fmt.Sprintf(`resource.type = "pubsub_subscription" AND resource.labels.subscription_id = "%s"`, m[1]), nil
}
