package efsvolume_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/network"
	"github.com/spotgrid/spotgrid/components/policydoc"
	"github.com/spotgrid/spotgrid/components/volume"
	"github.com/spotgrid/spotgrid/components/volume/efsvolume"
	"github.com/spotgrid/spotgrid/components/volume/volumetest"
)

const (
	filesARN   = "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/shared-files"
	doorARN    = "arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/shared-door"
	clientRead = "elasticfilesystem:ClientMount"
	clientPut  = "elasticfilesystem:ClientWrite"
)

var tags = map[string]string{"project": "spotgrid", "stack": "test"}

func options() efsvolume.Options {
	return efsvolume.Options{
		VPCID: pulumi.String("vpc-1"), FleetSecurityGroupID: pulumi.String("sg-fleet"), Tags: tags,
		Subnets: []network.Subnet{
			{Zone: "eu-west-1a", ID: pulumi.String("subnet-a").ToStringOutput()},
			{Zone: "eu-west-1b", ID: pulumi.String("subnet-b").ToStringOutput()},
		},
	}
}

func driver(t *testing.T, o efsvolume.Options) *efsvolume.Driver {
	t.Helper()
	d, err := efsvolume.New(o)
	require.NoError(t, err)
	return d
}

func TestConformance(t *testing.T) { volumetest.Run(t, driver(t, options()), awstest.Compute) }

// run declares one volume with the options and checks its tree, twice.
func run(t *testing.T, o efsvolume.Options, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	program := func(ctx *pulumi.Context) error {
		_, err := volume.New(ctx, "shared", driver(t, o), volume.Args{})
		return err
	}
	componenttest.Run(t, awstest.Compute, program, check)
}

func TestTheFileSystemIsEncryptedElasticAndMovesOldFilesToCheaperClasses(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		awstest.Tagged(t, tree, tags)
		files := tree.One(t, "aws:efs/fileSystem:FileSystem", "shared-files").Inputs
		assert.True(t, files["encrypted"].BoolValue())
		assert.NotContains(t, files, "kmsKeyId")
		assert.Equal(t, "elastic", files["throughputMode"].StringValue())
		assert.Equal(t, "generalPurpose", files["performanceMode"].StringValue())
		assert.Equal(t, []any{
			map[string]any{"transitionToIa": "AFTER_30_DAYS"}, map[string]any{"transitionToArchive": "AFTER_90_DAYS"},
		}, files["lifecyclePolicies"].Mappable(), "one transition an entry")
		backup := tree.One(t, "aws:efs/backupPolicy:BackupPolicy", "shared-backup").Inputs
		assert.Equal(t, map[string]any{"status": "ENABLED"}, backup["backupPolicy"].Mappable())
	})
}

func TestAKeyOfTheUsersOwn(t *testing.T) {
	o := options()
	o.KMSKeyARN = pulumi.String("arn:aws:kms:eu-west-1:123456789012:key/1234")
	run(t, o, func(t *testing.T, tree *componenttest.Tree) {
		files := tree.One(t, "aws:efs/fileSystem:FileSystem", "shared-files").Inputs
		assert.True(t, files["encrypted"].BoolValue())
		assert.Equal(t, "arn:aws:kms:eu-west-1:123456789012:key/1234", files["kmsKeyId"].StringValue())
	})
}

func TestAllMachinesAreOneUserOfOneFolder(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		door := tree.One(t, "aws:efs/accessPoint:AccessPoint", "shared-door").Inputs
		assert.Equal(t, map[string]any{"uid": 10001.0, "gid": 10001.0}, door["posixUser"].Mappable())
		assert.Equal(t, map[string]any{
			"path":         "/grid",
			"creationInfo": map[string]any{"ownerUid": 10001.0, "ownerGid": 10001.0, "permissions": "0700"},
		}, door["rootDirectory"].Mappable())
	})
}

func TestOnlyTheFleetReachesAMountTargetInEachZone(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		subnets := map[string]string{}
		for _, m := range tree.Of("aws:efs/mountTarget:MountTarget") {
			subnets[m.Name] = m.Inputs["subnetId"].StringValue()
			assert.Len(t, m.Inputs["securityGroups"].ArrayValue(), 1, m.Name)
		}
		assert.Equal(t, map[string]string{"shared-mount-eu-west-1a": "subnet-a", "shared-mount-eu-west-1b": "subnet-b"}, subnets)

		rules := tree.Of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
		require.Len(t, rules, 1)
		assert.Equal(t, "sg-fleet", rules[0].Inputs["referencedSecurityGroupId"].StringValue())
		assert.Equal(t, 2049.0, rules[0].Inputs["fromPort"].NumberValue())
		assert.Equal(t, 2049.0, rules[0].Inputs["toPort"].NumberValue())
		assert.NotContains(t, rules[0].Inputs, "cidrIpv4")
		group := tree.One(t, "aws:ec2/securityGroup:SecurityGroup", "shared-mounts").Inputs
		assert.Equal(t, "vpc-1", group["vpcId"].StringValue())
		assert.NotContains(t, group, "ingress", "the rule is a resource of its own")
		assert.NotContains(t, group, "egress", "mount targets only answer")
	})
}

func TestThePolicyAllowsMountsOfTheAccountThroughTheAccessPointByTLSOnly(t *testing.T) {
	run(t, options(), func(t *testing.T, tree *componenttest.Tree) {
		policies := awstest.Policies(t, tree)
		if len(policies) == 0 { // a preview: the ARNs are not known yet
			assert.Len(t, tree.Of("aws:efs/fileSystemPolicy:FileSystemPolicy"), 1)
			return
		}
		statements := policies["shared-policy"]
		require.Len(t, statements, 2)
		assert.Equal(t, awstest.Statement{
			Sid: "MountThroughTheAccessPoint", Effect: "Allow", Resource: []string{filesARN}, Action: []string{clientRead, clientPut},
			Principal: map[string]string{"AWS": "arn:aws:iam::123456789012:root"},
			Condition: map[string]map[string]string{
				"Bool":         {"elasticfilesystem:AccessedViaMountTarget": "true"},
				"StringEquals": {"elasticfilesystem:AccessPointArn": doorARN},
			},
		}, statements[0])
		awstest.RefusesPlainText(t, statements, clientRead, clientPut, "elasticfilesystem:ClientRootAccess")
		assert.Equal(t, "true", statements[1].Condition["Bool"]["elasticfilesystem:AccessedViaMountTarget"])
	})
}

func TestWhatAnEmulatorCannotDoIsLeftOutOnRequest(t *testing.T) {
	o := options()
	o.WithoutBackup, o.WithoutPolicy = true, true
	run(t, o, func(t *testing.T, tree *componenttest.Tree) {
		assert.Empty(t, tree.Of("aws:efs/backupPolicy:BackupPolicy"))
		assert.Empty(t, tree.Of("aws:efs/fileSystemPolicy:FileSystemPolicy"))
		assert.Len(t, tree.Of("aws:efs/mountTarget:MountTarget"), 2)
	})
}

func TestAFleetFindsWhatItMounts(t *testing.T) {
	d := driver(t, options())
	_, ok := d.Built("shared")
	assert.False(t, ok, "nothing is declared yet")
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := volume.New(ctx, "shared", d, volume.Args{})
		require.NoError(t, err)
		r, ok := d.Built("shared")
		require.True(t, ok)
		componenttest.Filled(t, ctx, "access point", r.AccessPoint.Arn)
		componenttest.Filled(t, ctx, "name", r.FileSystem.DnsName)
		componenttest.Filled(t, ctx, "security group", r.SecurityGroup.ID())
		assert.Len(t, r.MountTargets, 2)
		assert.Equal(t, []awstest.Statement{{
			Sid: "MountVolume", Effect: "Allow", Action: []string{clientRead, clientPut}, Resource: []string{filesARN},
			Condition: map[string]map[string]string{"StringEquals": {"elasticfilesystem:AccessPointArn": doorARN}},
		}}, awstest.Granted(t, ctx, []policydoc.Statement{r.GrantMount()}))
		return nil
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(awstest.Compute))))
}

func TestOptionsThatCannotBeAreRefusedTogether(t *testing.T) {
	t.Parallel()
	_, err := efsvolume.New(efsvolume.Options{})
	for _, want := range []string{"no vpc", "no security group of the fleet", "no subnet"} {
		assert.ErrorContains(t, err, want)
	}
	o := options()
	o.Subnets = append(o.Subnets, o.Subnets[0])
	_, err = efsvolume.New(o)
	assert.ErrorContains(t, err, `zone "eu-west-1a" of a subnet is empty or there twice`)
}
