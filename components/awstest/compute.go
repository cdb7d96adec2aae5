// Package awstest runs components that declare AWS resources: under mocks that
// compute what AWS would, and through the real engine and provider. It checks
// what must hold of every such tree.
package awstest

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Where the mocks and previews are.
const (
	Region  = "eu-west-1"
	Account = "123456789012"
)

// kind is what a type of resource has beside its inputs.
type kind struct {
	tagged  bool
	outputs func(name string) map[string]string
}

func arn(service, path string) func(string) map[string]string {
	return func(name string) map[string]string { return map[string]string{"arn": makeARN(service, path+name)} }
}

func makeARN(service, rest string) string {
	region := Region
	if service == "iam" { // global: no region in its ARNs
		region = ""
	}
	return "arn:aws:" + service + ":" + region + ":" + Account + ":" + rest
}

var kinds = map[string]kind{
	"aws:sqs/queue:Queue": {true, func(name string) map[string]string {
		return map[string]string{
			"arn": makeARN("sqs", name+"-1a2b3c4"), "name": name + "-1a2b3c4",
			"url": "https://sqs." + Region + ".amazonaws.com/" + Account + "/" + name + "-1a2b3c4",
		}
	}},
	"aws:sqs/queuePolicy:QueuePolicy":               {},
	"aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": {},

	"aws:ec2/vpc:Vpc": {true, func(name string) map[string]string {
		return map[string]string{"arn": makeARN("ec2", "vpc/"+name), "ownerId": Account}
	}},
	"aws:ec2/subnet:Subnet":                                     {true, arn("ec2", "subnet/")},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":         {true, arn("ec2", "security-group/")},
	"aws:ec2/securityGroup:SecurityGroup":                       {true, arn("ec2", "security-group/")},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {true, arn("ec2", "security-group-rule/")},
	"aws:ec2/routeTable:RouteTable":                             {true, arn("ec2", "route-table/")},
	"aws:ec2/route:Route":                                       {},
	"aws:ec2/routeTableAssociation:RouteTableAssociation":       {},
	"aws:ec2/vpcEndpoint:VpcEndpoint":                           {true, arn("ec2", "vpc-endpoint/")},
	"aws:ec2/internetGateway:InternetGateway":                   {true, arn("ec2", "internet-gateway/")},
	"aws:ec2/eip:Eip":                                           {true, arn("ec2", "elastic-ip/")},
	"aws:ec2/natGateway:NatGateway":                             {tagged: true},
	"aws:ec2/flowLog:FlowLog":                                   {true, arn("ec2", "vpc-flow-log/")},
	"aws:cloudwatch/logGroup:LogGroup":                          {true, arn("logs", "log-group:")},
	"aws:iam/role:Role":                                         {true, arn("iam", "role/")},
	"aws:iam/rolePolicy:RolePolicy":                             {},

	"aws:efs/fileSystem:FileSystem": {true, func(name string) map[string]string {
		return map[string]string{
			"arn": makeARN("elasticfilesystem", "file-system/"+name), "ownerId": Account,
			"dnsName": name + ".efs." + Region + ".amazonaws.com",
		}
	}},
	"aws:efs/mountTarget:MountTarget":           {},
	"aws:efs/accessPoint:AccessPoint":           {true, arn("elasticfilesystem", "access-point/")},
	"aws:efs/fileSystemPolicy:FileSystemPolicy": {},
	"aws:efs/backupPolicy:BackupPolicy":         {},
}

// Compute computes what AWS would, as componenttest.Compute. A type it does
// not know is a fault: add it to kinds.
func Compute(typ, name string, _ resource.PropertyMap) (resource.PropertyMap, error) {
	k, ok := kinds[typ]
	if !ok {
		return nil, fmt.Errorf("no AWS here has a resource %s", typ)
	}
	out := resource.PropertyMap{}
	if k.outputs != nil {
		for key, value := range k.outputs(name) {
			out[resource.PropertyKey(key)] = resource.NewStringProperty(value)
		}
	}
	return out, nil
}
