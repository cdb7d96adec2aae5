package awsgrid_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/awsprovider"
	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/grid/awsgrid"
	"github.com/spotgrid/spotgrid/components/network/vpcnetwork"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/watch/awswatch"
)

const (
	egressType = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	keyARN     = "arn:aws:kms:eu-west-1:123456789012:key/grid-key"
)

var tags = map[string]string{"project": "spotgrid", "stack": "test", "owner": "platform", "cost-centre": "4711"}

// options are those of a grid with everything that a stack can ask for.
func options(t *testing.T) awsgrid.Options {
	return awsgrid.Options{
		Region: awstest.Region, Zones: []string{"eu-west-1a", "eu-west-1b"}, CIDR: "10.20.0.0/16", Egress: vpcnetwork.EgressEndpoints,
		Architecture: "arm64", Encryption: awsgrid.EncryptionKey, LogDays: 30, FlowLogDays: 30, Backup: true, Tracing: true, ReserveConcurrency: true,
		Machines: func(string) awsgrid.Machines { return awsgrid.Machines{} }, PackageFolder: t.TempDir(), Tags: tags,
		Provider: awsprovider.Options{Region: awstest.Region, Offline: true},
	}
}

func program(t *testing.T, name string) artifact.Program {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte("#!"+name), 0o700))
	p, err := artifact.Open(path)
	require.NoError(t, err)
	return p
}

func args(t *testing.T) grid.Args {
	calls := queue.Args{LeaseSeconds: 90, MaxDeliveries: 20, RetentionHours: 96}
	return grid.Args{
		Queue: queue.Args{LeaseSeconds: 60, MaxDeliveries: 20, RetentionHours: 96},
		Fleets: map[string]fleet.Args{"spot": {
			Worker: program(t, "worker"), MaxWorkers: 10, JobsPerWorker: 4, Slots: 2, DrainSeconds: 90, IdleSeconds: 300,
		}},
		Functions: map[string]grid.Function{"quote": {Calls: &calls, Args: function.Args{
			Program: program(t, "quote"), TimeoutSeconds: 10, MemoryMiB: 128, Concurrency: 10,
			Source: &function.Source{BatchSize: 10, Concurrency: 5}, Schedules: []function.Schedule{{Cron: "0 6 * * 1"}}, Rights: []function.Right{function.ReadAlarmHistory},
		}}},
	}
}

// run declares a grid and checks its tree, twice.
func run(t *testing.T, o awsgrid.Options, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	a := args(t)
	componenttest.Run(t, compute, func(ctx *pulumi.Context) error {
		_, err := grid.New(ctx, "grid", awsgrid.New(o), a)
		return err
	}, check)
}

// compute is AWS's, and the project's own provider's for images.
func compute(typ, name string, in resource.PropertyMap) (resource.PropertyMap, error) {
	if typ == "spotgrid:image:Image" {
		return resource.PropertyMap{"uri": resource.NewStringProperty("123456789012.dkr.ecr.eu-west-1.amazonaws.com/grid@sha256:" + strings.Repeat("a", 64))}, nil
	}
	return awstest.Compute(typ, name, in)
}

func TestEverythingIsTaggedAndNamesTheOneProvider(t *testing.T) {
	run(t, options(t), func(t *testing.T, tree *componenttest.Tree) {
		awstest.Tagged(t, tree, tags)
		for _, r := range tree.All() {
			if strings.HasPrefix(r.Type, "aws:") {
				assert.Contains(t, r.Provider, "pulumi:providers:aws::aws", "%s must not fall to a default provider", r.URN)
			}
		}
	})
}

// TestEveryStatementOfTheGridIsNarrow reads all policies of the whole tree;
// awstest.Policies refuses wildcards in each.
func TestEveryStatementOfTheGridIsNarrow(t *testing.T) {
	for _, encryption := range []awsgrid.Encryption{awsgrid.EncryptionKey, awsgrid.EncryptionService} {
		o := options(t)
		o.Encryption, o.Images = encryption, encryption == awsgrid.EncryptionService
		run(t, o, func(t *testing.T, tree *componenttest.Tree) {
			if policies := awstest.Policies(t, tree); !previewed(tree) {
				assert.Greater(t, len(policies), 12, "roles, queues, volume, bucket")
			}
		})
	}
}

// previewed reports whether outputs are unknown: a first preview.
func previewed(tree *componenttest.Tree) bool {
	for _, r := range tree.Of("aws:sqs/queuePolicy:QueuePolicy") {
		return !r.Inputs["policy"].IsString()
	}
	return true
}

func TestWorkersTakeJobsMountTheVolumeAndLittleElse(t *testing.T) {
	run(t, options(t), func(t *testing.T, tree *componenttest.Tree) {
		if previewed(tree) {
			return
		}
		var actions []string
		for name, statements := range awstest.Policies(t, tree) {
			if !strings.HasPrefix(name, "grid-spot-machine-") {
				continue
			}
			for _, s := range statements {
				actions = append(actions, s.Action...)
			}
		}
		slices.Sort(actions)
		assert.Equal(t, []string{
			"autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat", "autoscaling:SetInstanceProtection",
			"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite", "kms:Decrypt", "kms:GenerateDataKey",
			"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", "s3:GetObject",
			"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage",
			"ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
			"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
		}, slices.Compact(actions))
	})
}

func TestOneKeyEncryptsWhatHoldsAnything(t *testing.T) {
	run(t, options(t), func(t *testing.T, tree *componenttest.Tree) {
		key := tree.One(t, "aws:kms/key:Key", "grid-key").Inputs
		assert.True(t, key["enableKeyRotation"].BoolValue())
		if previewed(tree) {
			return
		}
		for typ, property := range map[string]resource.PropertyKey{
			"aws:sqs/queue:Queue": "kmsMasterKeyId", "aws:efs/fileSystem:FileSystem": "kmsKeyId", "aws:lambda/function:Function": "kmsKeyArn",
			"aws:cloudwatch/logGroup:LogGroup": "kmsKeyId",
		} {
			for _, r := range tree.Of(typ) {
				assert.Equal(t, keyARN, r.Inputs[property].StringValue(), r.URN)
			}
		}
		policy := awstest.Policies(t, tree)["grid-key"]
		require.Len(t, policy, 3+len(awswatch.Services))
		assert.Equal(t, map[string]string{"AWS": "arn:aws:iam::123456789012:root"}, policy[0].Principal)
		assert.Equal(t, map[string]string{"kms:CallerAccount": awstest.Account, "kms:ViaService": "ec2.eu-west-1.amazonaws.com"}, policy[2].Condition["StringEquals"])
	})
}

func TestTheKeyIsProtectedWhereThatWasAskedFor(t *testing.T) {
	for _, protect := range []bool{true, false} {
		o := options(t)
		o.ProtectKey = protect
		run(t, o, func(t *testing.T, tree *componenttest.Tree) {
			assert.Equal(t, protect, tree.One(t, "aws:kms/key:Key", "grid-key").Protect)
		})
	}
}

func TestWithoutAKeyNothingNamesOne(t *testing.T) {
	o := options(t)
	o.Encryption = awsgrid.EncryptionService
	run(t, o, func(t *testing.T, tree *componenttest.Tree) {
		assert.Empty(t, tree.Of("aws:kms/key:Key"))
		for _, q := range tree.Of("aws:sqs/queue:Queue") {
			assert.True(t, q.Inputs["sqsManagedSseEnabled"].BoolValue())
		}
	})
}

func TestMachinesGetOutToWhatTheyNeedAndNobodyGetsIn(t *testing.T) {
	for egress, want := range map[vpcnetwork.Egress][]string{
		vpcnetwork.EgressNAT:       {"grid-machines-to-https", "grid-machines-to-nfs"},
		vpcnetwork.EgressEndpoints: {"grid-machines-to-endpoints", "grid-machines-to-nfs", "grid-machines-to-s3"},
	} {
		o := options(t)
		o.Egress = egress
		run(t, o, func(t *testing.T, tree *componenttest.Tree) {
			var rules []string
			for _, r := range tree.Of(egressType) {
				rules = append(rules, r.Name)
				assert.Equal(t, r.Inputs["fromPort"], r.Inputs["toPort"], r.Name)
			}
			assert.ElementsMatch(t, want, rules)
			group := tree.One(t, "aws:ec2/securityGroup:SecurityGroup", "grid-machines").Inputs
			assert.NotContains(t, group, "ingress")
			assert.NotContains(t, group, "egress", "rules are resources of their own")
			for _, r := range tree.Of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
				assert.NotContains(t, r.Inputs["securityGroupId"].String(), "grid-machines", "nobody gets in: %s", r.Name)
			}
		})
	}
}

func TestAFunctionsQueueIsItsOwn(t *testing.T) {
	run(t, options(t), func(t *testing.T, tree *componenttest.Tree) {
		source := tree.One(t, "aws:lambda/eventSourceMapping:EventSourceMapping", "grid-quote-source").Inputs
		if !previewed(tree) {
			assert.Contains(t, source["eventSourceArn"].StringValue(), "grid-quote-calls-work")
		}
		assert.Equal(t, 90.0, tree.One(t, "aws:sqs/queue:Queue", "grid-quote-calls-work").Inputs["visibilityTimeoutSeconds"].NumberValue())
	})
}

func TestFunctionsCanBeImages(t *testing.T) {
	o := options(t)
	o.Images = true
	run(t, o, func(t *testing.T, tree *componenttest.Tree) {
		images := tree.Of("spotgrid:image:Image")
		require.Len(t, images, 1)
		assert.Contains(t, images[0].Provider, "pulumi:providers:spotgrid::spotgrid")
		f := tree.One(t, "aws:lambda/function:Function", "grid-quote-function").Inputs
		assert.Equal(t, "Image", f["packageType"].StringValue())
		assert.NotContains(t, f, "s3Key")
	})
}

func TestTheGroupsNameTellsStacksApart(t *testing.T) {
	run(t, options(t), func(t *testing.T, tree *componenttest.Tree) {
		assert.Equal(t, "spotgrid-test-grid-spot", tree.Of("aws:autoscaling/group:Group")[0].Inputs["name"].StringValue())
	})
}
