package gcpwatch

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/monitoring"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/watch"
)

// plan is one watch on its way to being declared.
type plan struct {
	*Driver
	ctx      *pulumi.Context
	name     string
	args     watch.Args
	parent   pulumi.ResourceOption
	channels pulumi.StringArray
	topic    pulumi.StringOutput
}

// Build implements watch.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, a watch.Args, parent pulumi.ResourceOption) (*watch.Binding, error) {
	p := &plan{Driver: d, ctx: ctx, name: name, args: a, parent: parent}
	for _, step := range []struct {
		what  string
		build func() error
	}{
		{"topic of notices", p.buildTopic}, {"channels", p.buildChannels}, {"alerts on queues", p.buildQueueAlerts},
		{"alert on machines", p.buildMachineAlert}, {"budget", p.buildBudget},
	} {
		if err := step.build(); err != nil {
			return nil, fmt.Errorf("registering %s: %w", step.what, err)
		}
	}
	return &watch.Binding{ID: p.channels[0].ToStringOutput()}, nil
}

func (p *plan) child(name string) string { return naming.Child(p.name, name) }

func (p *plan) labels() pulumi.StringMap { return pulumi.ToStringMap(p.options.Labels) }

// buildQueueAlerts makes two for each queue.
func (p *plan) buildQueueAlerts() error {
	for _, name := range slices.Sorted(maps.Keys(p.args.Queues)) {
		q := p.args.Queues[name]
		dead := metric{"pubsub.googleapis.com/subscription/num_undelivered_messages", q.DeadLetterID, 0}
		if err := p.buildAlert(watch.Dead(name), dead); err != nil {
			return err
		}
		old := metric{"pubsub.googleapis.com/subscription/oldest_unacked_message_age", q.ID, float64(q.RetentionHours) * 3600 / 2}
		if err := p.buildAlert(watch.Old(name, q.RetentionHours), old); err != nil {
			return err
		}
	}
	return nil
}

// metric is one of a subscription's, with what it must not pass. Both are in the
// list of Google Cloud metrics.
type metric struct {
	typ       string
	path      pulumi.StringOutput
	threshold float64
}

// alignSeconds is over how long values are taken together: the metrics are sampled
// every minute, and nothing of an alert's is a matter of seconds.
const alignSeconds = 300

func (p *plan) buildAlert(a watch.Alarm, m metric) error {
	filter := m.path.ApplyT(func(path string) (string, error) {
		id, err := subscriptionOf(path)
		return fmt.Sprintf(`metric.type = "%s" AND resource.type = "pubsub_subscription" AND resource.labels.subscription_id = "%s"`, m.typ, id), err
	}).(pulumi.StringOutput)
	return p.policy(a, monitoring.AlertPolicyConditionArgs{
		DisplayName: pulumi.String(a.What),
		ConditionThreshold: monitoring.AlertPolicyConditionConditionThresholdArgs{
			Filter: filter, Comparison: pulumi.String("COMPARISON_GT"), ThresholdValue: pulumi.Float64(m.threshold), Duration: pulumi.String("0s"),
			Aggregations: monitoring.AlertPolicyConditionConditionThresholdAggregationArray{monitoring.AlertPolicyConditionConditionThresholdAggregationArgs{
				AlignmentPeriod: pulumi.String(fmt.Sprintf("%ds", alignSeconds)), PerSeriesAligner: pulumi.String("ALIGN_MAX"),
			}},
		},
	}, nil)
}

// subscriptionOf is the ID in a subscription's path.
func subscriptionOf(path string) (string, error) {
	part := strings.Split(path, "/")
	if len(part) != 4 || part[2] != "subscriptions" || part[3] == "" {
		return "", fmt.Errorf("queue is %q, want projects/P/subscriptions/S", path)
	}
	return part[3], nil
}

// machineFilter finds what happens to machines that nobody of the project did: a
// host that failed or is taken out of service. Preemptions of Spot machines are
// everyday business and not among it (Compute Engine, audit logs, system events).
const machineFilter = `resource.type="gce_instance" AND log_id("cloudaudit.googleapis.com/system_event") AND ` +
	`protoPayload.methodName=("compute.instances.hostError" OR "compute.instances.terminateOnHostMaintenance" OR "compute.instances.guestTerminate")`

// quietSeconds is how often the same is told at most.
const quietSeconds = 3600

func (p *plan) buildMachineAlert() error {
	return p.policy(watch.Retired, monitoring.AlertPolicyConditionArgs{
		DisplayName:         pulumi.String(watch.Retired.What),
		ConditionMatchedLog: monitoring.AlertPolicyConditionConditionMatchedLogArgs{Filter: pulumi.String(machineFilter)},
	}, monitoring.AlertPolicyAlertStrategyArgs{
		NotificationRateLimit: monitoring.AlertPolicyAlertStrategyNotificationRateLimitArgs{Period: pulumi.String(fmt.Sprintf("%ds", quietSeconds))},
	})
}

func (p *plan) policy(a watch.Alarm, c monitoring.AlertPolicyConditionArgs, strategy monitoring.AlertPolicyAlertStrategyPtrInput) error {
	_, err := monitoring.NewAlertPolicy(p.ctx, p.child(a.Name), &monitoring.AlertPolicyArgs{
		Project: pulumi.String(p.options.Project), DisplayName: pulumi.String(p.child(a.Name)), Combiner: pulumi.String("OR"),
		Conditions: monitoring.AlertPolicyConditionArray{c}, NotificationChannels: p.channels, AlertStrategy: strategy,
		Documentation: monitoring.AlertPolicyDocumentationArgs{Content: pulumi.String(p.args.Text(a)), MimeType: pulumi.String("text/markdown")},
		UserLabels:    p.labels(),
	}, p.parent)
	return err
}
