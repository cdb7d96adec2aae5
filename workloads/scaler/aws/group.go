package aws

import (
	"context"
	"fmt"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/spotgrid/spotgrid/workloads/scaler"
)

// describe looks at a group.
func (c *Cloud) describe(ctx context.Context, g group) (found types.AutoScalingGroup, err error) {
	err = c.call(ctx, g.region, func(ctx context.Context, to *clients) error {
		got, err := to.groups.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{g.name}})
		if err != nil {
			return err
		}
		if len(got.AutoScalingGroups) != 1 {
			return fmt.Errorf("there is no Auto Scaling group %q in %s", g.name, g.region)
		}
		found = got.AutoScalingGroups[0]
		return nil
	})
	return found, err
}

// Size is how large a group is and should be. Machines run when they are in
// service; those that are about to end are not.
func (c *Cloud) Size(ctx context.Context, raw string) (scaler.Size, error) {
	g, err := groupOf(raw)
	if err != nil {
		return scaler.Size{}, err
	}
	found, err := c.describe(ctx, g)
	s := scaler.Size{Target: int(sdk.ToInt32(found.DesiredCapacity))}
	for _, i := range found.Instances {
		if i.LifecycleState == types.LifecycleStateInService {
			s.Running++
		}
	}
	return s, err
}

const (
	// activitiesAtATime is the most that one answer lists, the newest first. Source:
	// DescribeScalingActivities in the EC2 Auto Scaling API reference.
	activitiesAtATime = 100
	// launching is what descriptions of starts begin with. AWS does not document
	// these texts; they are as its user guide shows them ("Verify a scaling activity").
	launching = "Launching a new EC2 instance"
)

// Failures are when a group first and last failed to start a machine, of the newest
// activitiesAtATime activities: for a lack of capacity, a quota that is used up, a
// template that is wrong.
func (c *Cloud) Failures(ctx context.Context, raw string, since time.Time) (first, last time.Time, err error) {
	g, err := groupOf(raw)
	if err != nil {
		return first, last, err
	}
	err = c.call(ctx, g.region, func(ctx context.Context, to *clients) error {
		got, err := to.groups.DescribeScalingActivities(ctx, &autoscaling.DescribeScalingActivitiesInput{
			AutoScalingGroupName: &g.name, MaxRecords: sdk.Int32(activitiesAtATime),
		})
		if err != nil {
			return err
		}
		for _, a := range got.Activities {
			at := failedAt(a)
			if at.IsZero() || at.Before(since) {
				continue
			}
			if first.IsZero() || at.Before(first) {
				first = at
			}
			if at.After(last) {
				last = at
			}
		}
		return nil
	})
	return first, last, err
}

// failedAt is when an activity failed to start a machine; zero: it did not. Source:
// "If an attempt to launch instances failed, the StatusCode value is Failed or
// Cancelled", DescribeScalingActivities in the API reference.
func failedAt(a types.Activity) time.Time {
	isFailed := a.StatusCode == types.ScalingActivityStatusCodeFailed || a.StatusCode == types.ScalingActivityStatusCodeCancelled
	if !isFailed || !strings.HasPrefix(sdk.ToString(a.Description), launching) {
		return time.Time{}
	}
	if a.EndTime != nil {
		return *a.EndTime
	}
	return sdk.ToTime(a.StartTime)
}

// Resize sets how many machines a group should have. If those are fewer than it
// has, it ends some, but none that a worker has protected.
func (c *Cloud) Resize(ctx context.Context, raw string, size int) error {
	g, err := groupOf(raw)
	if err != nil {
		return err
	}
	return c.call(ctx, g.region, func(ctx context.Context, to *clients) error {
		_, err := to.groups.SetDesiredCapacity(ctx, &autoscaling.SetDesiredCapacityInput{
			AutoScalingGroupName: &g.name, DesiredCapacity: sdk.Int32(int32(size)), HonorCooldown: sdk.Bool(false),
		})
		return err
	})
}

// isThere are the states of machines that count against what a group should have.
// Source: "Amazon EC2 Auto Scaling instance lifecycle" in the user guide.
var isThere = map[types.LifecycleState]bool{
	types.LifecycleStatePending: true, types.LifecycleStatePendingWait: true, types.LifecycleStatePendingProceed: true,
	types.LifecycleStateQuarantined: true, types.LifecycleStateInService: true,
}

// Cancel makes the target smaller, but not smaller than the machines that the
// group has started, nor than its minimum. A machine that it starts between the
// look and the change is one too many: the group then ends one, but none that a
// worker has protected because it works.
func (c *Cloud) Cancel(ctx context.Context, raw string, count int) (int, error) {
	g, err := groupOf(raw)
	if err != nil {
		return 0, err
	}
	found, err := c.describe(ctx, g)
	if err != nil {
		return 0, err
	}
	there := 0
	for _, i := range found.Instances {
		if isThere[i.LifecycleState] {
			there++
		}
	}
	target := int(sdk.ToInt32(found.DesiredCapacity))
	taken := min(count, target-max(there, int(sdk.ToInt32(found.MinSize))))
	if taken <= 0 {
		return 0, nil
	}
	if err := c.Resize(ctx, raw, target-taken); err != nil {
		return 0, err
	}
	return taken, nil
}
