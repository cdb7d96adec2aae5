package asgfleet

import (
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// images are the newest of Amazon Linux 2023, which EC2 looks up when a machine
// starts (Amazon Linux 2023 user guide, launching with Parameter Store): a new
// image needs no new declaration, and reaches every machine within
// MaxLifetimeDays.
var images = map[string]string{
	"arm64": "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
	"amd64": "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
}

// rootDevice is the root disk's name in Amazon Linux images.
const rootDevice = "/dev/xvda"

func (p *plan) image() string {
	if p.options.ImageID != "" {
		return p.options.ImageID
	}
	return images[p.options.Architecture]
}

// buildTemplate describes a machine that nobody reaches from outside and that
// is gone for good when it powers itself off.
func (p *plan) buildTemplate() (err error) {
	data, err := p.userData()
	if err != nil {
		return err
	}
	p.template, err = ec2.NewLaunchTemplate(p.ctx, p.child("template"), &ec2.LaunchTemplateArgs{
		ImageId: pulumi.String(p.image()), UserData: data, UpdateDefaultVersion: pulumi.Bool(true),
		IamInstanceProfile:                ec2.LaunchTemplateIamInstanceProfileArgs{Arn: p.profile.Arn},
		InstanceInitiatedShutdownBehavior: pulumi.String("terminate"),
		// One hop: workers are no containers, and what they start has no reason
		// to be one network hop further away.
		MetadataOptions: ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint: pulumi.String("enabled"), HttpTokens: pulumi.String("required"), HttpPutResponseHopLimit: pulumi.Int(1),
		},
		NetworkInterfaces: ec2.LaunchTemplateNetworkInterfaceArray{ec2.LaunchTemplateNetworkInterfaceArgs{
			AssociatePublicIpAddress: pulumi.String("false"), DeleteOnTermination: pulumi.String("true"),
			SecurityGroups: pulumi.StringArray{p.options.SecurityGroupID},
		}},
		BlockDeviceMappings: p.disk(),
		TagSpecifications:   p.tagSpecifications("instance", "volume"), Tags: p.tagMap("template"),
	}, p.parent)
	return err
}

func (p *plan) disk() ec2.LaunchTemplateBlockDeviceMappingArray {
	root := ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
		Encrypted: pulumi.String("true"), VolumeType: pulumi.String("gp3"), VolumeSize: pulumi.Int(p.options.RootGiB),
		DeleteOnTermination: pulumi.String("true"),
	}
	if p.options.KMSKeyARN != nil {
		root.KmsKeyId = p.options.KMSKeyARN.ToStringOutput()
	}
	return ec2.LaunchTemplateBlockDeviceMappingArray{
		ec2.LaunchTemplateBlockDeviceMappingArgs{DeviceName: pulumi.String(rootDevice), Ebs: root},
	}
}

// tagSpecifications tag what a machine is made of, under the fleet's name.
func (p *plan) tagSpecifications(kinds ...string) ec2.LaunchTemplateTagSpecificationArray {
	var list ec2.LaunchTemplateTagSpecificationArray
	for _, kind := range kinds {
		list = append(list, ec2.LaunchTemplateTagSpecificationArgs{
			ResourceType: pulumi.String(kind), Tags: pulumi.ToStringMap(p.tags(p.name)),
		})
	}
	return list
}

// version is the template's newest as a number. With "$Latest" the group would
// not change when the template does, and no machine would be replaced.
func (p *plan) version() pulumi.StringOutput {
	return p.template.LatestVersion.ApplyT(strconv.Itoa).(pulumi.StringOutput)
}
