package asgfleet_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
)

func preview(t *testing.T, o asgfleet.Options, a fleet.Args) ([]string, error) {
	t.Helper()
	return awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := fleet.New(ctx, "spot", asgfleet.New(o), a, opts...)
		return err
	})
}

func TestTheRealProviderPreviewsTheFleet(t *testing.T) {
	got, err := preview(t, options(t), valid())
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:aws aws",
		"create spotgrid:fleet:Fleet spot",
		"create spotgrid:fleet:Fleet$aws:autoscaling/group:Group spot-group",
		"create spotgrid:fleet:Fleet$aws:autoscaling/lifecycleHook:LifecycleHook spot-drain",
		"create spotgrid:fleet:Fleet$aws:autoscaling/policy:Policy spot-follow",
		"create spotgrid:fleet:Fleet$aws:autoscaling/policy:Policy spot-sleep",
		"create spotgrid:fleet:Fleet$aws:autoscaling/policy:Policy spot-wake",
		"create spotgrid:fleet:Fleet$aws:cloudwatch/logGroup:LogGroup spot-logs",
		"create spotgrid:fleet:Fleet$aws:cloudwatch/metricAlarm:MetricAlarm spot-sleep",
		"create spotgrid:fleet:Fleet$aws:cloudwatch/metricAlarm:MetricAlarm spot-wake",
		"create spotgrid:fleet:Fleet$aws:ec2/launchTemplate:LaunchTemplate spot-template",
		"create spotgrid:fleet:Fleet$aws:iam/instanceProfile:InstanceProfile spot-machine",
		"create spotgrid:fleet:Fleet$aws:iam/role:Role spot-machine",
		"create spotgrid:fleet:Fleet$aws:iam/rolePolicy:RolePolicy spot-machine-boot",
		"create spotgrid:fleet:Fleet$aws:iam/rolePolicy:RolePolicy spot-machine-group",
		"create spotgrid:fleet:Fleet$aws:iam/rolePolicy:RolePolicy spot-machine-work",
	}, got)
}

func TestTheRealProviderTakesEveryChoice(t *testing.T) {
	o := options(t)
	o.KMSKeyARN, o.ImageID, o.Architecture = pulumi.String(keyARN), "ami-0123456789abcdef0", "amd64"
	o.Requirements = &asgfleet.Requirements{MinVCPUs: 2, MaxVCPUs: 8, MinMemoryGiB: 4, MaxMemoryGiB: 64}
	a := valid()
	a.MinWorkers, a.MaxWorkers, a.IdleSeconds, a.DrainSeconds = 1, 1000, 24*3600, 3600
	got, err := preview(t, o, a)
	require.NoError(t, err)
	assert.NotContains(t, got, "create spotgrid:fleet:Fleet$aws:cloudwatch/metricAlarm:MetricAlarm spot-wake", "there is always a machine")
	assert.Contains(t, got, "create spotgrid:fleet:Fleet$aws:cloudwatch/metricAlarm:MetricAlarm spot-sleep")
}

func TestTheRealProviderRefusesATokenSettingThatEC2Would(t *testing.T) {
	_, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := ec2.NewLaunchTemplate(ctx, "template", &ec2.LaunchTemplateArgs{
			MetadataOptions: ec2.LaunchTemplateMetadataOptionsArgs{HttpTokens: pulumi.String("sometimes")},
		}, opts...)
		return err
	})
	assert.ErrorContains(t, err, "http_tokens")
}
