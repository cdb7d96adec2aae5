package efsvolume_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/efs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/volume"
)

func TestTheRealProviderPreviewsTheVolume(t *testing.T) {
	got, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := volume.New(ctx, "shared", driver(t, options()), volume.Args{Protect: true}, opts...)
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:aws aws",
		"create spotgrid:volume:Volume shared",
		"create spotgrid:volume:Volume$aws:ec2/securityGroup:SecurityGroup shared-mounts",
		"create spotgrid:volume:Volume$aws:efs/accessPoint:AccessPoint shared-door",
		"create spotgrid:volume:Volume$aws:efs/backupPolicy:BackupPolicy shared-backup",
		"create spotgrid:volume:Volume$aws:efs/fileSystem:FileSystem shared-files",
		"create spotgrid:volume:Volume$aws:efs/fileSystemPolicy:FileSystemPolicy shared-policy",
		"create spotgrid:volume:Volume$aws:efs/mountTarget:MountTarget shared-mount-eu-west-1a",
		"create spotgrid:volume:Volume$aws:efs/mountTarget:MountTarget shared-mount-eu-west-1b",
		"create spotgrid:volume:Volume$aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule shared-mounts-from-fleet",
	}, got)
}

func TestTheRealProviderRefusesAThroughputModeThatEFSWould(t *testing.T) {
	_, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := efs.NewFileSystem(ctx, "files", &efs.FileSystemArgs{ThroughputMode: pulumi.String("stretchy")}, opts...)
		return err
	})
	assert.ErrorContains(t, err, "expected throughput_mode to be one of")
}
