package pricing

import "slices"

// AWSPart is a part of a grid on AWS: resources that belong together, what they
// cost and why they are there.
type AWSPart struct {
	Name, Why string
	// Kinds are the types of its resources, as Pulumi writes them.
	Kinds []string
	// Idle are the items paid while nothing runs.
	Idle []string
	// Use are the items paid by use.
	Use []AWSUse
}

// AWSUse is an item paid by use, and what is used.
type AWSUse struct{ Item, What string }

// AWSKinds are the types of all resources that AWSParts account for, in order.
func AWSKinds() []string {
	var kinds []string
	for _, p := range AWSParts() {
		kinds = append(kinds, p.Kinds...)
	}
	slices.Sort(kinds)
	return kinds
}

// AWSParts are all parts of a grid on AWS.
func AWSParts() []AWSPart {
	return slices.Concat(networkParts(), wayOutParts(), dataParts(), computeParts(), programParts())
}

func networkParts() []AWSPart {
	return []AWSPart{{
		Name: "Network", Why: "a network of the grid's own, with a private subnet in each zone",
		Kinds: []string{
			"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route",
			"aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:ec2/internetGateway:InternetGateway",
		},
		Use: []AWSUse{{"vpc_month", ""}, {"subnet_month", ""}, {"route_table_month", ""}, {"internet_gateway_month", ""}},
	}, {
		Name: "Firewall", Why: "nobody gets in, machines get out to what they need only",
		Kinds: []string{
			"aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
			"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
		},
		Use: []AWSUse{{"security_group_month", ""}},
	}, {
		Name: "Flow log", Why: "who talked to whom, for looking into an incident",
		Kinds: []string{"aws:ec2/flowLog:FlowLog"},
		Use:   []AWSUse{{"flow_log_ingestion_gb", "records written"}},
	}, {
		Name: "Roles", Why: "each machine, function and service may do what it must and no more",
		Kinds: []string{"aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy", "aws:iam/instanceProfile:InstanceProfile"},
		Use:   []AWSUse{{"iam_role_month", ""}},
	}}
}

func wayOutParts() []AWSPart {
	return []AWSPart{{
		Name: "NAT gateway", Why: "the machines' way out with `egress: nat`, and its public address",
		Kinds: []string{"aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip"},
		Idle:  []string{"nat_gateway_hour", "public_ipv4_hour"},
		Use:   []AWSUse{{"nat_gateway_gb", "traffic through it"}},
	}, {
		Name: "Endpoints", Why: "a free gateway endpoint keeps S3 off the paid ways out; interface endpoints are the only way out with `egress: endpoints`",
		Kinds: []string{"aws:ec2/vpcEndpoint:VpcEndpoint"},
		Idle:  []string{"interface_endpoint_hour"},
		Use:   []AWSUse{{"gateway_endpoint_hour", "the gateway endpoint"}, {"interface_endpoint_gb", "traffic through interface endpoints"}},
	}}
}

func dataParts() []AWSPart {
	return []AWSPart{{
		Name: "Queue", Why: "the jobs, and those that were given up",
		Kinds: []string{"aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy", "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"},
		Use:   []AWSUse{{"sqs_requests_million", "requests"}},
	}, {
		Name: "Volume", Why: "results, logs and checkpoints that all machines share",
		Kinds: []string{
			"aws:efs/fileSystem:FileSystem", "aws:efs/mountTarget:MountTarget", "aws:efs/accessPoint:AccessPoint",
			"aws:efs/fileSystemPolicy:FileSystemPolicy",
		},
		Use: []AWSUse{
			{"efs_standard_gb_month", "stored"}, {"efs_infrequent_gb_month", "stored and seldom read"}, {"efs_archive_gb_month", "stored and hardly ever read"},
			{"efs_read_gb", "read"}, {"efs_write_gb", "written"},
			{"efs_infrequent_access_gb", "in or out of seldom read, more"}, {"efs_archive_access_gb", "in or out of hardly ever read, more"},
		},
	}, {
		Name: "Backup", Why: "daily copies of the volume, with `backup: true`",
		Kinds: []string{"aws:efs/backupPolicy:BackupPolicy"},
		Use:   []AWSUse{{"efs_backup_gb_month", "stored"}},
	}, {
		Name: "Key", Why: "encrypts everything under a key whose use the account controls, with `encryption: key`",
		Kinds: []string{"aws:kms/key:Key", "aws:kms/alias:Alias"},
		Idle:  []string{"kms_key_month"},
		Use:   []AWSUse{{"kms_requests_million", "requests"}},
	}}
}

func computeParts() []AWSPart {
	return []AWSPart{{
		Name: "Fleet", Why: "starts machines for the backlog, stops them when there is none; machines cost while they run",
		Kinds: []string{
			"aws:ec2/launchTemplate:LaunchTemplate", "aws:autoscaling/group:Group", "aws:autoscaling/policy:Policy",
			"aws:autoscaling/lifecycleHook:LifecycleHook",
		},
		Use: []AWSUse{{"auto_scaling_month", "scaling"}, {"group_metrics_month", "metrics of the group"}, {"gp3_gb_month", "disk of a machine"}},
	}, {
		Name: "Alarms", Why: "wake a fleet, scale it, send it to sleep; those of target tracking, which no preview shows, are counted in",
		Kinds: []string{"aws:cloudwatch/metricAlarm:MetricAlarm"},
		Idle:  []string{"alarm_metric_month"},
	}, {
		Name: "Watch", Why: "tells people what a grid cannot mend by itself, and keeps a budget; alarms are above",
		Kinds: []string{
			"aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy", "aws:sns/topicSubscription:TopicSubscription",
			"aws:budgets/budget:Budget", "aws:costexplorer/anomalyMonitor:AnomalyMonitor", "aws:costexplorer/anomalySubscription:AnomalySubscription",
			"aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget", "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
		},
		Use: []AWSUse{{"sns_requests_million", "notices"}, {"sns_emails_million", "mails"}, {"budget_month", "a budget"}},
	}, {
		Name: "Functions", Why: "handlers that are called by URL, queue or schedule",
		Kinds: []string{
			"aws:lambda/function:Function", "aws:lambda/functionUrl:FunctionUrl", "aws:lambda/permission:Permission",
			"aws:lambda/eventSourceMapping:EventSourceMapping",
		},
		Use: []AWSUse{
			{"lambda_requests_million", "calls"}, {"lambda_arm64_gb_second", "memory on arm64"}, {"lambda_amd64_gb_second", "memory on amd64"},
			{"xray_traces_million", "traces, with `tracing: true`"},
		},
	}, {
		Name: "Schedules", Why: "call functions at set times",
		Kinds: []string{"aws:scheduler/schedule:Schedule", "aws:scheduler/scheduleGroup:ScheduleGroup"},
		Use:   []AWSUse{{"scheduler_invocations_million", "calls"}},
	}}
}

func programParts() []AWSPart {
	return []AWSPart{{
		Name: "Bucket", Why: "programs of machines and functions, by the hash of their content",
		Kinds: []string{
			"aws:s3/bucketV2:BucketV2", "aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketPolicy:BucketPolicy",
			"aws:s3/bucketVersioningV2:BucketVersioningV2", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
			"aws:s3/bucketOwnershipControls:BucketOwnershipControls", "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
			"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
		},
		Use: []AWSUse{{"s3_standard_gb_month", "stored"}, {"s3_put_requests_million", "writes"}, {"s3_get_requests_million", "reads"}},
	}, {
		Name: "Images", Why: "functions as images, with `functionPackage: image`",
		Kinds: []string{
			"aws:ecr/repository:Repository", "aws:ecr/repositoryPolicy:RepositoryPolicy", "aws:ecr/lifecyclePolicy:LifecyclePolicy",
			"spotgrid:image:Image",
		},
		Use: []AWSUse{{"ecr_storage_gb_month", "stored"}},
	}, {
		Name: "Logs", Why: "logs of workers and functions, and the flow log, each kept for a set number of days",
		Kinds: []string{"aws:cloudwatch/logGroup:LogGroup"},
		Use:   []AWSUse{{"log_ingestion_gb", "logs of workers and functions written"}, {"log_storage_gb_month", "stored"}},
	}}
}
