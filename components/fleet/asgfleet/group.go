package asgfleet

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/autoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	secondsPerDay = 24 * 3600
	// warmupSeconds is how long a machine takes from its start to its first
	// job: boot, packages, mount and download.
	warmupSeconds = 180
	// stopMarginSeconds is what the machine gives the worker beyond the time to
	// drain, to hand its jobs back.
	stopMarginSeconds = 30
	// hookMarginSeconds is what the hook adds to that: the worker has to see
	// that it is ended, and report back. A hook holds for 30 to 7,200 seconds
	// (EC2 Auto Scaling API reference, PutLifecycleHook).
	hookMarginSeconds = 120
)

func (p *plan) hookName() string { return p.child("drain") }
func (p *plan) hookSeconds() int { return p.args.DrainSeconds + hookMarginSeconds }
func (p *plan) stopSeconds() int { return p.args.DrainSeconds + stopMarginSeconds }
func (p *plan) lifeSeconds() int { return p.options.MaxLifetimeDays * secondsPerDay }

// groupMetrics cost nothing, but have to be asked for (EC2 Auto Scaling user
// guide, CloudWatch metrics).
var groupMetrics = []string{
	"GroupDesiredCapacity", "GroupInServiceInstances", "GroupMaxSize", "GroupMinSize",
	"GroupPendingInstances", "GroupTerminatingInstances", "GroupTotalInstances",
}

// buildGroup declares the group and what happens when a machine is to go. The
// desired capacity is left to the scaling policies. Machines are not protected
// from birth: a busy worker protects its own.
func (p *plan) buildGroup() (err error) {
	o := p.options
	args := &autoscaling.GroupArgs{
		Name: pulumi.String(p.groupName), MinSize: pulumi.Int(p.args.MinWorkers), MaxSize: pulumi.Int(p.args.MaxWorkers),
		VpcZoneIdentifiers: p.subnets(), MixedInstancesPolicy: p.mix(), Tags: p.groupTags(),
		CapacityRebalance: pulumi.Bool(true), ProtectFromScaleIn: pulumi.Bool(false),
		MaxInstanceLifetime: pulumi.Int(p.lifeSeconds()), DefaultInstanceWarmup: pulumi.Int(warmupSeconds),
		EnabledMetrics: pulumi.ToStringArray(groupMetrics), MetricsGranularity: pulumi.String("1Minute"),
		// Spot machines that are not to be had just now are no reason for a
		// deployment to fail.
		WaitForCapacityTimeout: pulumi.String("0"),
	}
	if !o.WithoutInstanceRefresh {
		args.InstanceRefresh = refresh()
	}
	p.group, err = autoscaling.NewGroup(p.ctx, p.child("group"), args, p.parent, pulumi.DependsOn(p.policies))
	if err != nil {
		return err
	}
	_, err = autoscaling.NewLifecycleHook(p.ctx, p.hookName(), &autoscaling.LifecycleHookArgs{
		Name: pulumi.String(p.hookName()), AutoscalingGroupName: p.group.Name,
		LifecycleTransition: pulumi.String("autoscaling:EC2_INSTANCE_TERMINATING"),
		HeartbeatTimeout:    pulumi.Int(p.hookSeconds()),
		// A worker that never answers is not worth keeping.
		DefaultResult: pulumi.String("CONTINUE"),
	}, p.parent)
	return err
}

func (p *plan) subnets() pulumi.StringArray {
	var ids pulumi.StringArray
	for _, s := range p.options.Subnets {
		ids = append(ids, s.ID)
	}
	return ids
}

// mix chooses the spot pools that are both cheap and deep. No maximum price is
// given: it would only add interruptions (EC2 user guide, spot interruptions);
// spot never costs more than on demand.
func (p *plan) mix() autoscaling.GroupMixedInstancesPolicyArgs {
	return autoscaling.GroupMixedInstancesPolicyArgs{
		InstancesDistribution: autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs{
			OnDemandAllocationStrategy:          pulumi.String("lowest-price"),
			OnDemandBaseCapacity:                pulumi.Int(p.options.OnDemandBase),
			OnDemandPercentageAboveBaseCapacity: pulumi.Int(p.options.OnDemandPercent),
			SpotAllocationStrategy:              pulumi.String("price-capacity-optimized"),
		},
		LaunchTemplate: autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs{
			LaunchTemplateSpecification: autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs{
				LaunchTemplateId: p.template.ID(), Version: p.version(),
			},
			Overrides: p.overrides(),
		},
	}
}

// refresh replaces machines when the template changes. Busy ones, which are
// protected, are passed over: "Refresh" would take the machine from under a
// job, and "Wait" fails after an hour (EC2 Auto Scaling API reference,
// RefreshPreferences), which is shorter than jobs may be. They go when they are
// idle, and what is started in their place is new anyway. Half of the idle ones
// are replaced at a time: nothing waits for them.
func refresh() autoscaling.GroupInstanceRefreshArgs {
	return autoscaling.GroupInstanceRefreshArgs{
		Strategy: pulumi.String("Rolling"),
		Preferences: autoscaling.GroupInstanceRefreshPreferencesArgs{
			MinHealthyPercentage: pulumi.Int(50), ScaleInProtectedInstances: pulumi.String("Ignore"), SkipMatching: pulumi.Bool(true),
		},
	}
}

// groupTags stay on the group: the template tags the machines.
func (p *plan) groupTags() autoscaling.GroupTagArray {
	tags := p.tags(p.child("group"))
	var list autoscaling.GroupTagArray
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, autoscaling.GroupTagArgs{
			Key: pulumi.String(key), Value: pulumi.String(tags[key]), PropagateAtLaunch: pulumi.Bool(false),
		})
	}
	return list
}
