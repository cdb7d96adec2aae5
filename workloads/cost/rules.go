package cost

import (
	"maps"
	"strings"
)

// rule prices a type of resource.
type rule struct {
	// reads are the inputs that price may look at: it sees no other.
	reads []string
	price func(*estimator, Resource)
}

// rules of all types that cost something.
var rules = func() map[string]rule {
	all := map[string]rule{}
	for _, some := range []map[string]rule{awsRules, awsUseRules, gcpRules, gcpUseRules} {
		maps.Copy(all, some)
	}
	return all
}()

// freeTypes cost nothing by themselves: the book says so, or they are settings of
// a resource that is priced.
var freeTypes = func() map[string]bool {
	free := map[string]bool{}
	for _, name := range strings.Fields(freeOnAWS + freeOnGCP) {
		free[name] = true
	}
	return free
}()

const freeOnAWS = `
aws:ec2/vpc:Vpc aws:ec2/subnet:Subnet aws:ec2/route:Route aws:ec2/routeTable:RouteTable
aws:ec2/routeTableAssociation:RouteTableAssociation aws:ec2/internetGateway:InternetGateway
aws:ec2/securityGroup:SecurityGroup aws:ec2/defaultSecurityGroup:DefaultSecurityGroup
aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule
aws:iam/role:Role aws:iam/rolePolicy:RolePolicy aws:iam/instanceProfile:InstanceProfile
aws:iam/openIdConnectProvider:OpenIdConnectProvider
aws:sqs/queuePolicy:QueuePolicy aws:sqs/redriveAllowPolicy:RedriveAllowPolicy
aws:efs/accessPoint:AccessPoint aws:efs/mountTarget:MountTarget aws:efs/fileSystemPolicy:FileSystemPolicy
aws:kms/alias:Alias aws:ec2/launchTemplate:LaunchTemplate aws:autoscaling/lifecycleHook:LifecycleHook
aws:sns/topicPolicy:TopicPolicy aws:sns/topicSubscription:TopicSubscription aws:budgets/budget:Budget
aws:cloudwatch/logResourcePolicy:LogResourcePolicy aws:lambda/functionUrl:FunctionUrl aws:lambda/permission:Permission
aws:scheduler/scheduleGroup:ScheduleGroup
aws:s3/bucketObjectv2:BucketObjectv2 aws:s3/bucketPolicy:BucketPolicy aws:s3/bucketVersioningV2:BucketVersioningV2
aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock aws:s3/bucketOwnershipControls:BucketOwnershipControls
aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2
aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2
aws:ecr/repositoryPolicy:RepositoryPolicy aws:ecr/lifecyclePolicy:LifecyclePolicy`

const freeOnGCP = `
gcp:compute/network:Network gcp:compute/firewall:Firewall gcp:compute/router:Router
gcp:compute/instanceTemplate:InstanceTemplate gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager
gcp:serviceaccount/account:Account gcp:projects/iAMCustomRole:IAMCustomRole gcp:projects/iAMMember:IAMMember
gcp:cloudrunv2/serviceIamMember:ServiceIamMember gcp:pubsub/topicIAMMember:TopicIAMMember
gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember gcp:storage/bucketIAMMember:BucketIAMMember
gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember gcp:kms/keyRing:KeyRing gcp:pubsub/topic:Topic
gcp:iam/workloadIdentityPool:WorkloadIdentityPool gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider
gcp:serviceaccount/iAMMember:IAMMember
gcp:storage/bucketObject:BucketObject gcp:billing/budget:Budget gcp:logging/projectSink:ProjectSink
gcp:monitoring/alertPolicy:AlertPolicy gcp:monitoring/notificationChannel:NotificationChannel`

// unsourced are types that are said to cost nothing, of which the book has no
// source.
var unsourced = map[string]string{
	"aws:cloudwatch/eventRule:EventRule":                       noSource,
	"aws:cloudwatch/eventTarget:EventTarget":                   noSource,
	"aws:costexplorer/anomalyMonitor:AnomalyMonitor":           noSource,
	"aws:costexplorer/anomalySubscription:AnomalySubscription": noSource,
}

const noSource = "said to cost nothing, but the book has no source for that"

// list shortens a long list of names.
func list(names []string) string {
	const most = 4
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and others"
}
