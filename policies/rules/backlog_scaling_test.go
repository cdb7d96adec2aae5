package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestGroupsFollowABacklog(t *testing.T) {
	group := of(awsGroup, "group", `{"name":"fleet"}`)
	tracking := `{"autoscalingGroupName":"fleet","targetTrackingConfiguration":{"customizedMetricSpecification":{"metrics":[{"metricStat":{"metric":{"namespace":"%"}}}]}}}`
	mig := of(gcpGroup, "mig", `{"name":"mig-1"}`)
	filter := `{"target":"?","autoscalingPolicy":{"metrics":[{"name":"pubsub.googleapis.com/subscription/num_undelivered_messages"}]}}`
	table(t, backlogScaling, []example{
		{name: "by a target", stack: []*policy.Resource{group, of(awsScaling, "p", replace(tracking, "AWS/SQS"))}},
		{
			name: "by load", stack: []*policy.Resource{group, of(awsScaling, "p", replace(tracking, "AWS/EC2"))},
			want: []string{"what scales the group does not look at a queue"},
		},
		{name: "by nothing", stack: []*policy.Resource{group}, want: []string{"nothing scales the group"}},
		{name: "by another's policy", stack: []*policy.Resource{group, of(awsScaling, "p", `{"autoscalingGroupName":"fleet-2"}`)}, want: []string{"nothing scales the group"}},
		{name: "by one that is not known", stack: []*policy.Resource{group, of(awsScaling, "p", `{"autoscalingGroupName":"?"}`)}, undecided: []string{"autoscalingGroupName"}},
		{
			name: "by an unknown metric", stack: []*policy.Resource{group, of(awsScaling, "p", `{"autoscalingGroupName":"fleet","targetTrackingConfiguration":"?"}`)},
			undecided: []string{"autoscalingGroupName"},
		},
		{name: "by steps of an alarm", stack: []*policy.Resource{
			group, of(awsScaling, "steps", `{"autoscalingGroupName":"fleet","arn":"arn:steps"}`),
			of(awsAlarm, "alarm", `{"alarmActions":["arn:steps"],"metricQueries":[{"metric":{"namespace":"AWS/SQS"}}]}`),
		}},
		{name: "by steps of an alarm on one metric", stack: []*policy.Resource{
			group, of(awsScaling, "steps", `{"autoscalingGroupName":"fleet"}`), of(awsAlarm, "alarm", `{"alarmActions":["?"],"namespace":"AWS/SQS"}`, "alarmActions>steps"),
		}},
		{name: "by steps of an alarm on load", stack: []*policy.Resource{
			group, of(awsScaling, "steps", `{"autoscalingGroupName":"fleet"}`), of(awsAlarm, "alarm", `{"alarmActions":["?"],"namespace":"AWS/EC2"}`, "alarmActions>steps"),
		}, want: []string{"does not look at a queue"}},
		{name: "by an autoscaler", stack: []*policy.Resource{mig, of(gcpAutoscaler, "a", filter, "target>mig")}},
		{name: "by an autoscaler on load", stack: []*policy.Resource{mig, of(gcpAutoscaler, "a", `{"autoscalingPolicy":{"cpuUtilization":{}}}`, "target>mig")}, want: []string{"does not look at a queue"}},
		{name: "by a scaler function", stack: []*policy.Resource{mig, of(gcpService, "scaler", `{"template":{"containers":[{"envs":[{"value":"mig://p/r/mig-1,"}]}]}}`)}},
		{
			name:  "by a scaler function of other groups",
			stack: []*policy.Resource{mig, of(gcpService, "scaler", `{"template":{"containers":[{"envs":[{"value":"mig://p/r/mig-10,"}]}]}}`)},
			want:  []string{"nothing scales the group"},
		},
	})
}
