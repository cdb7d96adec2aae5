package rules

import (
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// Types of resources that more than one rule looks at.
const (
	awsGroup         = "aws:autoscaling/group:Group"
	awsScaling       = "aws:autoscaling/policy:Policy"
	awsTemplate      = "aws:ec2/launchTemplate:LaunchTemplate"
	awsLaunchConfig  = "aws:ec2/launchConfiguration:LaunchConfiguration"
	awsInstance      = "aws:ec2/instance:Instance"
	awsSpotInstance  = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
	awsSpotFleet     = "aws:ec2/spotFleetRequest:SpotFleetRequest"
	awsDisk          = "aws:ebs/volume:Volume"
	awsNAT           = "aws:ec2/natGateway:NatGateway"
	awsEndpoint      = "aws:ec2/vpcEndpoint:VpcEndpoint"
	awsFiles         = "aws:efs/fileSystem:FileSystem"
	awsQueue         = "aws:sqs/queue:Queue"
	awsTopic         = "aws:sns/topic:Topic"
	awsSubscription  = "aws:sns/topicSubscription:TopicSubscription"
	awsBucket        = "aws:s3/bucketV2:BucketV2"
	awsBucketOld     = "aws:s3/bucket:Bucket"
	awsRepository    = "aws:ecr/repository:Repository"
	awsLogs          = "aws:cloudwatch/logGroup:LogGroup"
	awsAlarm         = "aws:cloudwatch/metricAlarm:MetricAlarm"
	awsEventRule     = "aws:cloudwatch/eventRule:EventRule"
	awsEventTarget   = "aws:cloudwatch/eventTarget:EventTarget"
	awsFunction      = "aws:lambda/function:Function"
	awsFunctionURL   = "aws:lambda/functionUrl:FunctionUrl"
	awsEventSource   = "aws:lambda/eventSourceMapping:EventSourceMapping"
	awsKey           = "aws:kms/key:Key"
	awsRole          = "aws:iam/role:Role"
	awsSecurityGroup = "aws:ec2/securityGroup:SecurityGroup"

	gcpGroup         = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager"
	gcpZoneGroup     = "gcp:compute/instanceGroupManager:InstanceGroupManager"
	gcpAutoscaler    = "gcp:compute/regionAutoscaler:RegionAutoscaler"
	gcpZoneScaler    = "gcp:compute/autoscaler:Autoscaler"
	gcpTemplate      = "gcp:compute/instanceTemplate:InstanceTemplate"
	gcpInstance      = "gcp:compute/instance:Instance"
	gcpFiles         = "gcp:filestore/instance:Instance"
	gcpTopic         = "gcp:pubsub/topic:Topic"
	gcpSubscription  = "gcp:pubsub/subscription:Subscription"
	gcpBucket        = "gcp:storage/bucket:Bucket"
	gcpRepository    = "gcp:artifactregistry/repository:Repository"
	gcpLogs          = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
	gcpAlert         = "gcp:monitoring/alertPolicy:AlertPolicy"
	gcpChannel       = "gcp:monitoring/notificationChannel:NotificationChannel"
	gcpService       = "gcp:cloudrunv2/service:Service"
	gcpKey           = "gcp:kms/cryptoKey:CryptoKey"
	gcpNAT           = "gcp:compute/routerNat:RouterNat"
	gcpBudget        = "gcp:billing/budget:Budget"
	gcpFirewall      = "gcp:compute/firewall:Firewall"
	gcpProjectMember = "gcp:projects/iAMMember:IAMMember"
)

// groups are what machines come and go in.
var groups = []string{awsGroup, gcpGroup, gcpZoneGroup}

// machines are all that machines are made by.
var machines = append([]string{awsInstance, awsSpotInstance, awsSpotFleet, gcpInstance}, groups...)

// tag is a tag of AWS, as a map or as the list that Auto Scaling groups have, or a
// label of Google Cloud, also of the machines of a group.
func tag(c *policy.Check, key string) policy.Value {
	for _, place := range []string{"tags", "labels", "userLabels", "allInstancesConfig.labels"} {
		v := c.Value(place)
		if v.Kind() == policy.Unknown {
			return v
		}
		if v.Kind() == policy.Object && v.Key(key).Kind() != policy.Missing {
			return v.Key(key)
		}
		for _, item := range v.Items() {
			switch k := item.Key("key"); {
			case k.Kind() == policy.Unknown:
				return k
			case text(k) == key:
				return item.Key("value")
			}
		}
	}
	return policy.Value{}
}

// text is a value's text, "" if it is none.
func text(v policy.Value) string {
	t, _ := v.AsText()
	return t
}

// family is the part of a machine type's name before its size: c7g of c7g.large, n2
// of n2-standard-2.
func family(machineType string) string {
	name := machineType[strings.LastIndex(machineType, "/")+1:]
	if i := strings.IndexAny(name, ".-"); i >= 0 {
		return name[:i]
	}
	return name
}

// refer finds the resources of the types that a property was made of, and whether
// there may be others.
func refer(c *policy.Check, path string, types ...string) (found []*policy.Check, maybe bool) {
	return related(c, types, func(other *policy.Resource) policy.Reference { return policy.Refer(c.Resource, path, other) })
}

// referrers finds the resources of the types whose property was made of the one at
// hand, and whether there may be others.
func referrers(c *policy.Check, path string, types ...string) (found []*policy.Check, maybe bool) {
	return related(c, types, func(other *policy.Resource) policy.Reference { return policy.Refer(other, path, c.Resource) })
}

func related(c *policy.Check, types []string, are func(*policy.Resource) policy.Reference) (found []*policy.Check, maybe bool) {
	for _, other := range c.Of(types...) {
		switch are(other.Resource) {
		case policy.Yes:
			found = append(found, other)
		case policy.Maybe:
			maybe = true
		}
	}
	return found, maybe
}
