// Package awstest runs components that declare AWS resources: under mocks that
// compute what AWS would, and through the real engine and provider. It checks
// what must hold of every such tree.
package awstest

import (
	"crypto/sha256"
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
	"aws:cloudwatch/logGroup:LogGroup": {true, func(name string) map[string]string {
		return map[string]string{"arn": makeARN("logs", "log-group:"+name), "name": name}
	}},
	"aws:iam/role:Role":             {true, arn("iam", "role/")},
	"aws:iam/rolePolicy:RolePolicy": {},

	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {true, arn("ec2", "security-group-rule/")},
	"aws:kms/key:Key": {true, arn("kms", "key/")},

	"aws:sns/topic:Topic":                         {true, arn("sns", "")},
	"aws:sns/topicPolicy:TopicPolicy":             {},
	"aws:sns/topicSubscription:TopicSubscription": {},
	"aws:cloudwatch/eventRule:EventRule": {true, func(name string) map[string]string {
		return map[string]string{"arn": makeARN("events", "rule/"+name), "name": name}
	}},
	"aws:cloudwatch/eventTarget:EventTarget":                   {},
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy":       {},
	"aws:budgets/budget:Budget":                                {tagged: true},
	"aws:costexplorer/anomalyMonitor:AnomalyMonitor":           {true, arn("ce", "anomalymonitor/")},
	"aws:costexplorer/anomalySubscription:AnomalySubscription": {true, arn("ce", "anomalysubscription/")},

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

	"aws:ecr/repository:Repository": {true, func(name string) map[string]string {
		return map[string]string{
			"arn": makeARN("ecr", "repository/"+name+"-1a2b3c4"), "name": name + "-1a2b3c4",
			"repositoryUrl": Account + ".dkr.ecr." + Region + ".amazonaws.com/" + name + "-1a2b3c4",
		}
	}},
	"aws:ecr/lifecyclePolicy:LifecyclePolicy":   {},
	"aws:ecr/repositoryPolicy:RepositoryPolicy": {},
	// Of the project's own provider, which pushes it.
	"spotgrid:image:Image": {outputs: func(name string) map[string]string {
		digest := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(name)))
		return map[string]string{"digest": digest, "tag": name + "-1a2b3c4", "uri": Account + ".dkr.ecr." + Region + ".amazonaws.com/images-1a2b3c4@" + digest}
	}},

	"aws:s3/bucketV2:BucketV2": {true, func(name string) map[string]string {
		return map[string]string{"arn": "arn:aws:s3:::" + name + "-1a2b3c4", "bucket": name + "-1a2b3c4"}
	}},
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     {},
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     {},
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": {},
	"aws:s3/bucketPolicy:BucketPolicy":                                                           {},
	"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               {},
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       {},
	"aws:s3/bucketObjectv2:BucketObjectv2":                                                       {tagged: true},

	"aws:lambda/function:Function": {true, func(name string) map[string]string {
		return map[string]string{"arn": makeARN("lambda", "function:"+name), "name": name}
	}},
	"aws:lambda/functionUrl:FunctionUrl": {false, func(string) map[string]string {
		return map[string]string{"functionUrl": "https://a1b2c3.lambda-url." + Region + ".on.aws/"}
	}},
	"aws:lambda/eventSourceMapping:EventSourceMapping": {outputs: arn("lambda", "event-source-mapping:")},
	"aws:scheduler/schedule:Schedule":                  {outputs: arn("scheduler", "schedule/default/")},

	"aws:iam/instanceProfile:InstanceProfile":     {true, arn("iam", "instance-profile/")},
	"aws:ec2/launchTemplate:LaunchTemplate":       {true, arn("ec2", "launch-template/")},
	"aws:autoscaling/group:Group":                 {outputs: arn("autoscaling", "autoScalingGroup:1234:autoScalingGroupName/")},
	"aws:autoscaling/lifecycleHook:LifecycleHook": {},
	"aws:autoscaling/policy:Policy":               {outputs: arn("autoscaling", "scalingPolicy:1234:policyName/")},
	"aws:cloudwatch/metricAlarm:MetricAlarm":      {true, arn("cloudwatch", "alarm:")},
}

// numbers are outputs that are no text.
var numbers = map[string]map[resource.PropertyKey]float64{
	"aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
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
	for key, value := range numbers[typ] {
		out[key] = resource.NewNumberProperty(value)
	}
	return out, nil
}
