package awsrole

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/policydoc"
)

// ScalerQueue is what a scaler has to do to see the backlog of queues of SQS in a
// region, given by their ARNs.
func ScalerQueue(region string, queues ...pulumi.StringInput) []policydoc.Statement {
	return []policydoc.Statement{{
		Sid: "CountJobs", Reason: "the scaler sees how many jobs wait and run now",
		Actions: []string{"sqs:GetQueueAttributes"}, Resources: queues,
	}, {
		// The action knows no resource and no condition of its own (service
		// authorization reference, CloudWatch).
		Sid: "CountJobsOfBefore", Reason: "the scaler sees since when no job has waited or run, before it lets machines go",
		Actions: []string{"cloudwatch:GetMetricData"}, Resources: everything, Conditions: inRegion(region),
	}}
}

// ScalerGroups is what a scaler has to do to size Auto Scaling groups in a region,
// given by their ARNs.
func ScalerGroups(region string, groups ...pulumi.StringInput) []policydoc.Statement {
	return []policydoc.Statement{{
		Sid: "SizeGroups", Reason: "the scaler asks the grid's groups for machines while jobs wait",
		Actions: []string{"autoscaling:SetDesiredCapacity"}, Resources: groups,
	}, {
		// Both actions know no resource (service authorization reference, EC2 Auto
		// Scaling).
		Sid: "SeeGroups", Reason: "the scaler sees how large groups are and whether they could start machines",
		Actions:   []string{"autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"},
		Resources: everything, Conditions: inRegion(region),
	}}
}

var everything = []pulumi.StringInput{pulumi.String("*")}

func inRegion(region string) map[string]map[string]pulumi.StringInput {
	return map[string]map[string]pulumi.StringInput{"StringEquals": {"aws:RequestedRegion": pulumi.String(region)}}
}
