package asgfleet_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
	"github.com/spotgrid/spotgrid/components/fleet/fleettest"
	"github.com/spotgrid/spotgrid/components/network"
	"github.com/spotgrid/spotgrid/components/policydoc"
)

const (
	templateType = "aws:ec2/launchTemplate:LaunchTemplate"
	groupType    = "aws:autoscaling/group:Group"
	hookType     = "aws:autoscaling/lifecycleHook:LifecycleHook"
	logsType     = "aws:cloudwatch/logGroup:LogGroup"
	keyARN       = "arn:aws:kms:eu-west-1:123456789012:key/1234"
	queueARN     = "arn:aws:sqs:eu-west-1:123456789012:jobs-work-1a2b3c4"
	programARN   = "arn:aws:s3:::programs/worker/*"
)

var tags = map[string]string{"project": "spotgrid", "stack": "test"}

// shelf is a store whose programs are there already.
type shelf struct{}

func (shelf) Target() string { return "aws" }
func (shelf) Check() error   { return nil }

func (shelf) Build(*pulumi.Context, string, pulumi.ResourceOption) (*artifact.Binding, error) {
	return &artifact.Binding{ID: text("arn:aws:s3:::programs")}, nil
}

func (shelf) Put(_ *pulumi.Context, _ *artifact.Binding, i artifact.Item, _ pulumi.ResourceOption) (*artifact.Object, error) {
	return &artifact.Object{
		Place: text("programs"), Key: text(i.Name + "/" + i.Program.SHA256), ID: text(programARN), SHA256: i.Program.SHA256,
	}, nil
}

func text(s string) pulumi.StringOutput { return pulumi.String(s).ToStringOutput() }

func store(t *testing.T) *artifact.Store {
	t.Helper()
	var s *artifact.Store
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) (err error) {
		s, err = artifact.New(ctx, "programs", shelf{})
		return err
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(awstest.Compute))))
	return s
}

func options(t *testing.T) asgfleet.Options {
	t.Helper()
	return asgfleet.Options{
		Region: awstest.Region, Architecture: "arm64", VPCID: pulumi.String("vpc-1"), SecurityGroupID: pulumi.String("sg-1"),
		Subnets: []network.Subnet{{Zone: "eu-west-1a", ID: text("subnet-a")}, {Zone: "eu-west-1b", ID: text("subnet-b")}},
		Store:   store(t), Tags: tags,
		Grants: func(a fleet.Args) ([]policydoc.Statement, error) {
			return []policydoc.Statement{{
				Sid: "WorkJobs", Reason: "a test", Actions: []string{"sqs:ReceiveMessage"}, Resources: []pulumi.StringInput{a.Queue.ID},
			}}, nil
		},
		Mount: func(fleet.Args) (asgfleet.Mount, error) {
			return asgfleet.Mount{FileSystemID: pulumi.String("fs-1"), AccessPointID: pulumi.String("fsap-1"), Path: "/mnt/grid"}, nil
		},
		GroupName: func(name string) string { return "stack-" + name },
	}
}

// valid are arguments with names as AWS gives them.
func valid() fleet.Args {
	a := fleettest.Valid()
	a.Queue.ID = text(queueARN)
	a.Environment["SPOTGRID_VOLUME_URL"] = pulumi.String("file:///mnt/grid")
	return a
}

func TestConformance(t *testing.T) {
	fleettest.Run(t, asgfleet.New(options(t)), awstest.Compute, valid())
}

// run declares one fleet and checks its tree, twice.
func run(t *testing.T, o asgfleet.Options, a fleet.Args, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	program := func(ctx *pulumi.Context) error {
		_, err := fleet.New(ctx, "spot", asgfleet.New(o), a)
		return err
	}
	componenttest.Run(t, awstest.Compute, program, check)
}

// inputs of a resource as plain values.
func inputs(t *testing.T, tree *componenttest.Tree, typ, name string) map[string]any {
	t.Helper()
	in, ok := resource.NewObjectProperty(tree.One(t, typ, name).Inputs).Mappable().(map[string]any)
	require.True(t, ok)
	return in
}

func TestMachinesAreHiddenEncryptedTaggedAndGoneWhenSwitchedOff(t *testing.T) {
	run(t, options(t), valid(), func(t *testing.T, tree *componenttest.Tree) {
		awstest.Tagged(t, tree, tags)
		m := inputs(t, tree, templateType, "spot-template")
		assert.Equal(t, map[string]any{"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1.0}, m["metadataOptions"])
		assert.Equal(t, []any{map[string]any{
			"associatePublicIpAddress": "false", "deleteOnTermination": "true", "securityGroups": []any{"sg-1"},
		}}, m["networkInterfaces"])
		assert.Equal(t, []any{map[string]any{"deviceName": "/dev/xvda", "ebs": map[string]any{
			"encrypted": "true", "volumeType": "gp3", "volumeSize": 16.0, "deleteOnTermination": "true",
		}}}, m["blockDeviceMappings"])
		assert.Equal(t, "terminate", m["instanceInitiatedShutdownBehavior"])
		assert.Equal(t, "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64", m["imageId"])
		for _, key := range []string{"keyName", "vpcSecurityGroupIds", "instanceMarketOptions", "instanceType"} {
			assert.NotContains(t, m, key)
		}
		machine := map[string]any{"project": "spotgrid", "stack": "test", "Name": "spot"}
		assert.Equal(t, []any{
			map[string]any{"resourceType": "instance", "tags": machine}, map[string]any{"resourceType": "volume", "tags": machine},
		}, m["tagSpecifications"])
	})
}

func TestTheGroupIsFlexibleAndReplacesMachinesInTime(t *testing.T) {
	a := valid()
	a.MinWorkers, a.MaxWorkers = 1, 9
	o := options(t)
	o.OnDemandBase, o.OnDemandPercent, o.MaxLifetimeDays = 1, 25, 3
	run(t, o, a, func(t *testing.T, tree *componenttest.Tree) {
		g := inputs(t, tree, groupType, "spot-group")
		assert.Equal(t, "stack-spot", g["name"])
		assert.Equal(t, []any{1.0, 9.0}, []any{g["minSize"], g["maxSize"]})
		assert.NotContains(t, g, "desiredCapacity", "scaling policies own it")
		assert.Equal(t, []any{"subnet-a", "subnet-b"}, g["vpcZoneIdentifiers"])
		assert.Equal(t, true, g["capacityRebalance"])
		assert.Equal(t, false, g["protectFromScaleIn"])
		assert.Equal(t, 3*86400.0, g["maxInstanceLifetime"])
		assert.Equal(t, 180.0, g["defaultInstanceWarmup"])
		assert.Contains(t, g["enabledMetrics"], "GroupInServiceInstances")
		assert.Contains(t, g["enabledMetrics"], "GroupDesiredCapacity")
		assert.Equal(t, map[string]any{"strategy": "Rolling", "preferences": map[string]any{
			"minHealthyPercentage": 50.0, "scaleInProtectedInstances": "Ignore", "skipMatching": true,
		}}, g["instanceRefresh"])
		assert.Contains(t, g["tags"], map[string]any{"key": "project", "value": "spotgrid", "propagateAtLaunch": false})

		mix := g["mixedInstancesPolicy"].(map[string]any)
		assert.Equal(t, map[string]any{
			"onDemandAllocationStrategy": "lowest-price", "onDemandBaseCapacity": 1.0, "onDemandPercentageAboveBaseCapacity": 25.0,
			"spotAllocationStrategy": "price-capacity-optimized",
		}, mix["instancesDistribution"], "no maximum price")
		template := mix["launchTemplate"].(map[string]any)
		if v, known := template["launchTemplateSpecification"].(map[string]any)["version"].(string); known {
			assert.Equal(t, "1", v, "a number, never $Latest")
		}
		assert.GreaterOrEqual(t, len(template["overrides"].([]any)), 10)
		assert.Contains(t, template["overrides"], map[string]any{"instanceType": "c7g.large"})
	})
}

func TestAMachineThatIsEndedHasTimeToDrain(t *testing.T) {
	for drain, want := range map[int]float64{0: 120, 30: 150, 3600: 3720} {
		a := valid()
		a.DrainSeconds = drain
		run(t, options(t), a, func(t *testing.T, tree *componenttest.Tree) {
			assert.Equal(t, map[string]any{
				"name": "spot-drain", "autoscalingGroupName": "stack-spot", "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
				"heartbeatTimeout": want, "defaultResult": "CONTINUE",
			}, inputs(t, tree, hookType, "spot-drain"))
			assert.LessOrEqual(t, want, 7200.0, "the longest that a hook takes")
		})
	}
}

func TestRequirementsTakeThePlaceOfTypes(t *testing.T) {
	o := options(t)
	o.Requirements = &asgfleet.Requirements{MinVCPUs: 2, MaxVCPUs: 4, MinMemoryGiB: 4, MaxMemoryGiB: 16, OnDemandPriceProtectionPercent: 30}
	run(t, o, valid(), func(t *testing.T, tree *componenttest.Tree) {
		g := inputs(t, tree, groupType, "spot-group")
		overrides := g["mixedInstancesPolicy"].(map[string]any)["launchTemplate"].(map[string]any)["overrides"]
		assert.Equal(t, []any{map[string]any{"instanceRequirements": map[string]any{
			"vcpuCount": map[string]any{"min": 2.0, "max": 4.0}, "memoryMib": map[string]any{"min": 4096.0, "max": 16384.0},
			"acceleratorCount": map[string]any{"max": 0.0}, "bareMetal": "excluded", "burstablePerformance": "excluded",
			"cpuManufacturers":                      []any{"amazon-web-services"},
			"spotMaxPricePercentageOverLowestPrice": 100.0, "onDemandMaxPricePercentageOverLowestPrice": 30.0,
		}}}, overrides)
	})
}

func TestAKeyOfTheUsersOwnEncryptsDisksAndLogs(t *testing.T) {
	o := options(t)
	o.KMSKeyARN, o.LogDays = pulumi.String(keyARN), 30
	run(t, o, valid(), func(t *testing.T, tree *componenttest.Tree) {
		disk := inputs(t, tree, templateType, "spot-template")["blockDeviceMappings"].([]any)[0].(map[string]any)["ebs"].(map[string]any)
		assert.Equal(t, keyARN, disk["kmsKeyId"])
		logs := inputs(t, tree, logsType, "spot-logs")
		assert.Equal(t, keyARN, logs["kmsKeyId"])
		assert.Equal(t, 30.0, logs["retentionInDays"])
	})
}

func TestWhatAnEmulatorCannotDoIsLeftOutOnRequest(t *testing.T) {
	o := options(t)
	o.WithoutInstanceRefresh = true
	run(t, o, valid(), func(t *testing.T, tree *componenttest.Tree) {
		assert.NotContains(t, inputs(t, tree, groupType, "spot-group"), "instanceRefresh")
	})
}

func TestAMachineMayDoWhatItHasToAndNoMore(t *testing.T) {
	o := options(t)
	o.KMSKeyARN = pulumi.String(keyARN)
	run(t, o, valid(), func(t *testing.T, tree *componenttest.Tree) {
		policies := awstest.Policies(t, tree)
		if _, known := policies["spot-machine-group"]; !known { // a preview: the ARNs are not known yet
			assert.Len(t, tree.Of("aws:iam/rolePolicy:RolePolicy"), 3)
			return
		}
		allow := func(sid, resource string, actions ...string) awstest.Statement {
			return awstest.Statement{Sid: sid, Effect: "Allow", Action: actions, Resource: []string{resource}}
		}
		sessions := allow("OpenSessions", "*", "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel",
			"ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel")
		sessions.Condition = map[string]map[string]string{"StringEquals": {"aws:Ec2InstanceSourceVpc": "vpc-1"}}
		decrypt := allow("DecryptWorker", keyARN, "kms:Decrypt")
		decrypt.Condition = map[string]map[string]string{"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
		assert.Equal(t, map[string][]awstest.Statement{
			"spot-machine": {{
				Sid: "BeAMachine", Effect: "Allow", Action: []string{"sts:AssumeRole"}, Principal: map[string]string{"Service": "ec2.amazonaws.com"},
			}},
			"spot-machine-boot": {
				allow("FetchWorker", programARN, "s3:GetObject"),
				allow("WriteLogs", "arn:aws:logs:eu-west-1:123456789012:log-group:spot-logs:*", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"),
				sessions, decrypt,
			},
			"spot-machine-work": {allow("WorkJobs", queueARN, "sqs:ReceiveMessage")},
			"spot-machine-group": {allow("LeaveInOrder", "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1234:autoScalingGroupName/spot-group",
				"autoscaling:SetInstanceProtection", "autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat")},
		}, policies)
	})
}
