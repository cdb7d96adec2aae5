package efsvolume

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/efs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/volume"
)

// plan is one volume on its way to being declared.
type plan struct {
	*Driver
	ctx    *pulumi.Context
	name   string
	parent pulumi.ResourceOption
	built  Resources
	// policed is the file system's policy, which mount targets wait for:
	// without one, EFS lets every client that reaches it in.
	policed []pulumi.Resource
}

// Build implements volume.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, _ volume.Args, parent pulumi.ResourceOption) (*volume.Binding, error) {
	p := &plan{Driver: d, ctx: ctx, name: name, parent: parent}
	for _, step := range []struct {
		what  string
		build func() error
	}{
		{"file system", p.buildFileSystem}, {"access point", p.buildAccessPoint}, {"policy", p.buildPolicy},
		{"backup policy", p.buildBackup}, {"security group", p.buildSecurityGroup}, {"mount targets", p.buildMountTargets},
	} {
		if err := step.build(); err != nil {
			return nil, fmt.Errorf("registering %s: %w", step.what, err)
		}
	}
	d.keep(name, &p.built)
	return &volume.Binding{URL: p.url(), ID: p.built.FileSystem.ID().ToStringOutput()}, nil
}

func (p *plan) child(name string) string { return naming.Child(p.name, name) }

// buildFileSystem takes elastic throughput, since bursting starves a small
// file system, and general purpose mode, which the archive class wants and
// which answers sooner than max I/O (EFS user guide, performance).
func (p *plan) buildFileSystem() (err error) {
	args := &efs.FileSystemArgs{
		Encrypted:       pulumi.Bool(true),
		ThroughputMode:  pulumi.String("elastic"),
		PerformanceMode: pulumi.String("generalPurpose"),
		// One transition an entry: EFS refuses two in one.
		LifecyclePolicies: efs.FileSystemLifecyclePolicyArray{
			efs.FileSystemLifecyclePolicyArgs{TransitionToIa: pulumi.String("AFTER_30_DAYS")},
			efs.FileSystemLifecyclePolicyArgs{TransitionToArchive: pulumi.String("AFTER_90_DAYS")},
		},
		Tags: p.tags(p.child("files")),
	}
	if p.options.KMSKeyARN != nil {
		args.KmsKeyId = p.options.KMSKeyARN.ToStringOutput()
	}
	p.built.FileSystem, err = efs.NewFileSystem(p.ctx, p.child("files"), args, p.parent)
	return err
}

// buildAccessPoint makes all machines one user of one folder that nobody else
// can read.
func (p *plan) buildAccessPoint() (err error) {
	p.built.AccessPoint, err = efs.NewAccessPoint(p.ctx, p.child("door"), &efs.AccessPointArgs{
		FileSystemId: p.built.FileSystem.ID(),
		PosixUser:    efs.AccessPointPosixUserArgs{Uid: pulumi.Int(ownerID), Gid: pulumi.Int(ownerID)},
		RootDirectory: efs.AccessPointRootDirectoryArgs{
			Path: pulumi.String(rootPath),
			CreationInfo: efs.AccessPointRootDirectoryCreationInfoArgs{
				OwnerUid: pulumi.Int(ownerID), OwnerGid: pulumi.Int(ownerID), Permissions: pulumi.String("0700"),
			},
		},
		Tags: p.tags(p.child("door")),
	}, p.parent)
	return err
}

func (p *plan) buildBackup() error {
	if p.options.WithoutBackup {
		return nil
	}
	_, err := efs.NewBackupPolicy(p.ctx, p.child("backup"), &efs.BackupPolicyArgs{
		FileSystemId: p.built.FileSystem.ID(),
		BackupPolicy: efs.BackupPolicyBackupPolicyArgs{Status: pulumi.String("ENABLED")},
	}, p.parent)
	return err
}

// buildSecurityGroup lets the fleet's machines in by NFS, and nothing out:
// mount targets only answer.
func (p *plan) buildSecurityGroup() (err error) {
	p.built.SecurityGroup, err = ec2.NewSecurityGroup(p.ctx, p.child("mounts"), &ec2.SecurityGroupArgs{
		VpcId: p.options.VPCID.ToStringOutput(), Tags: p.tags(p.child("mounts")),
		Description: pulumi.String("Mount targets: NFS from the fleet"),
	}, p.parent)
	if err != nil {
		return err
	}
	_, err = vpc.NewSecurityGroupIngressRule(p.ctx, p.child("mounts-from-fleet"), &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           p.built.SecurityGroup.ID(),
		ReferencedSecurityGroupId: p.options.FleetSecurityGroupID.ToStringOutput(),
		IpProtocol:                pulumi.String("tcp"), FromPort: pulumi.Int(nfsPort), ToPort: pulumi.Int(nfsPort),
		Description: pulumi.String("Machines of the fleet"), Tags: p.tags(p.child("mounts-from-fleet")),
	}, p.parent)
	return err
}

func (p *plan) buildMountTargets() error {
	for _, s := range p.options.Subnets {
		m, err := efs.NewMountTarget(p.ctx, p.child("mount-"+s.Zone), &efs.MountTargetArgs{
			FileSystemId: p.built.FileSystem.ID(), SubnetId: s.ID,
			SecurityGroups: pulumi.StringArray{p.built.SecurityGroup.ID()},
		}, p.parent, pulumi.DependsOn(p.policed))
		if err != nil {
			return err
		}
		p.built.MountTargets = append(p.built.MountTargets, m)
	}
	return nil
}

// url is known once the volume can be mounted, so that a fleet that is handed
// the URL starts no sooner.
func (p *plan) url() pulumi.StringOutput {
	var mounts []any
	for _, m := range p.built.MountTargets {
		mounts = append(mounts, m.ID())
	}
	return pulumi.All(mounts...).ApplyT(func([]any) string { return "file://" + MountPath }).(pulumi.StringOutput)
}
