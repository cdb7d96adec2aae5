package multigrid_test

import (
	"bytes"
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
	"github.com/spotgrid/spotgrid/components/gcpprovider"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/grid"
	"github.com/spotgrid/spotgrid/components/grid/awsgrid"
	"github.com/spotgrid/spotgrid/components/grid/gcpgrid"
	"github.com/spotgrid/spotgrid/components/grid/multigrid"
	"github.com/spotgrid/spotgrid/components/network/gcpnetwork"
	"github.com/spotgrid/spotgrid/components/network/vpcnetwork"
	"github.com/spotgrid/spotgrid/components/queue"
)

var tags = map[string]string{"project": "spotgrid", "stack": "test"}

func options(t *testing.T, home multigrid.Cloud) multigrid.Options {
	return multigrid.Options{
		Home: home, Fleets: map[string]multigrid.Cloud{"here": multigrid.AWS, "there": multigrid.GCP},
		AWS: awsgrid.Options{
			Region: awstest.Region, Zones: []string{"eu-west-1a", "eu-west-1b"}, CIDR: "10.20.0.0/16", Egress: vpcnetwork.EgressNAT,
			Architecture: "arm64", Encryption: awsgrid.EncryptionService, LogDays: 30, FlowLogDays: 30,
			Machines: func(string) awsgrid.Machines { return awsgrid.Machines{} }, PackageFolder: t.TempDir(), Tags: tags,
			Provider: awsprovider.Options{Region: awstest.Region, Offline: true},
		},
		GCP: gcpgrid.Options{
			Project: gcptest.Project, ProjectNumber: gcptest.ProjectNumber, Region: gcptest.Region,
			Zones: []string{"europe-west1-b", "europe-west1-c"}, CIDR: "10.30.0.0/16", Egress: gcpnetwork.EgressNAT,
			Architecture: "amd64", Encryption: gcpgrid.EncryptionService, Machines: func(string) gcpgrid.Machines { return gcpgrid.Machines{} },
			Scaler: program(t, "scaler"), ScaleEvery: "* * * * *", Labels: tags,
			Provider: gcpprovider.Options{Project: gcptest.Project, Region: gcptest.Region, Offline: true},
		},
		Random: bytes.NewReader(bytes.Repeat([]byte{0xab}, 64)),
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
	f := fleet.Args{Worker: program(t, "worker"), MaxWorkers: 10, JobsPerWorker: 4, Slots: 2, DrainSeconds: 20, IdleSeconds: 300}
	return grid.Args{
		Queue:     queue.Args{LeaseSeconds: 60, MaxDeliveries: 20, RetentionHours: 96},
		Fleets:    map[string]fleet.Args{"here": f, "there": f},
		Functions: map[string]grid.Function{"quote": {Args: function.Args{Program: program(t, "quote"), TimeoutSeconds: 10, MemoryMiB: 128, Concurrency: 10}}},
	}
}

// compute is that of the cloud that a type is of.
func compute(typ, name string, in resource.PropertyMap) (resource.PropertyMap, error) {
	if strings.HasPrefix(typ, "aws:") {
		return awstest.Compute(typ, name, in)
	}
	return gcptest.Compute(typ, name, in)
}

// run declares a grid with this home and checks its tree, twice.
func run(t *testing.T, home multigrid.Cloud, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	a := args(t)
	componenttest.Run(t, compute, func(ctx *pulumi.Context) error {
		target, err := multigrid.New(options(t, home))
		if err != nil {
			return err
		}
		_, err = grid.New(ctx, "grid", target, a)
		return err
	}, check)
}

var homes = []multigrid.Cloud{multigrid.AWS, multigrid.GCP}

// TestEveryResourceOfBothCloudsNamesItsProvider: there are no default ones.
func TestEveryResourceOfBothCloudsNamesItsProvider(t *testing.T) {
	for _, home := range homes {
		run(t, home, func(t *testing.T, tree *componenttest.Tree) {
			seen := map[string]int{}
			for _, r := range tree.All() {
				cloud, _, _ := strings.Cut(r.Type, ":")
				if cloud == "aws" || cloud == "gcp" {
					seen[cloud]++
					assert.Contains(t, r.Provider, "pulumi:providers:"+cloud+"::"+cloud, "%s must not fall to a default provider", r.URN)
				}
			}
			assert.Greater(t, seen["aws"], 30)
			assert.Greater(t, seen["gcp"], 20)
			awstest.Tagged(t, tree, tags)
			gcptest.Labelled(t, tree, tags)
		})
	}
}

// TestNobodyHasAKey: no resource of either cloud is a key or a secret.
func TestNobodyHasAKey(t *testing.T) {
	for _, home := range homes {
		run(t, home, func(t *testing.T, tree *componenttest.Tree) {
			for _, r := range tree.All() {
				for _, kind := range []string{"accessKey", "serviceaccount/key", "user:User", "secretVersion"} {
					assert.NotContains(t, r.Type, kind)
				}
			}
		})
	}
}

func TestThereIsOneQueueAndOneVolumeAtHome(t *testing.T) {
	for home, want := range map[multigrid.Cloud]map[string]int{
		multigrid.AWS: {"aws:sqs/queue:Queue": 2, "gcp:pubsub/topic:Topic": 0, "aws:lambda/function:Function": 1},
		multigrid.GCP: {"aws:sqs/queue:Queue": 0, "gcp:pubsub/topic:Topic": 2, "aws:lambda/function:Function": 0},
	} {
		run(t, home, func(t *testing.T, tree *componenttest.Tree) {
			for typ, n := range want {
				assert.Len(t, tree.Of(typ), n, "%s at home on %s", typ, home)
			}
			for _, none := range []string{"aws:efs/fileSystem:FileSystem", "gcp:filestore/instance:Instance"} {
				assert.Empty(t, tree.Of(none))
			}
			assert.Len(t, tree.Of("spotgrid:volume:Volume"), 1)
		})
	}
}

// machineEnvironment is what workers of the fleet on Google Cloud are told; empty
// in a preview.
func machineEnvironment(t *testing.T, tree *componenttest.Tree) string {
	t.Helper()
	for _, r := range tree.Of("gcp:compute/instanceTemplate:InstanceTemplate") {
		if env := r.Inputs["metadata"]; env.IsObject() {
			if worker := env.ObjectValue()["spotgrid-worker-env"]; worker.IsString() {
				return worker.StringValue()
			}
		}
	}
	return ""
}

func TestMachinesOfGoogleCloudTakeARoleAtHomeOnAWS(t *testing.T) {
	run(t, multigrid.AWS, func(t *testing.T, tree *componenttest.Tree) {
		environment := machineEnvironment(t, tree)
		if environment == "" {
			return
		}
		assert.Contains(t, environment, "SPOTGRID_AWS_ROLE_ARN='arn:aws:iam::")
		assert.Contains(t, environment, "SPOTGRID_AWS_AUDIENCE='spotgrid/")
		assert.Contains(t, environment, "SPOTGRID_AWS_REGION='eu-west-1'")
		assert.Contains(t, environment, "SPOTGRID_QUEUE_URL='sqs://")
		assert.Contains(t, environment, "SPOTGRID_VOLUME_URL='s3://")

		policies := awstest.Policies(t, tree)
		trust := policies["grid-there-abroad-role"]
		require.Len(t, trust, 1)
		equals := trust[0].Condition["StringEquals"]
		assert.NotEmpty(t, equals["accounts.google.com:sub"])
		assert.Contains(t, equals["accounts.google.com:oaud"], "/test")
		var actions []string
		for _, s := range policies["grid-there-abroad-rights"] {
			actions = append(actions, s.Action...)
		}
		slices.Sort(actions)
		assert.Equal(t, []string{
			"s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage",
			"sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage",
		}, slices.Compact(actions))
		var scaler []string
		for _, s := range policies["grid-gcp-scaler-abroad-rights"] {
			scaler = append(scaler, s.Action...)
		}
		assert.ElementsMatch(t, []string{"sqs:GetQueueAttributes", "cloudwatch:GetMetricData"}, scaler)
		for _, g := range gcptest.Grants(t, tree) {
			assert.NotContains(t, g.Role, "pubsub", "there is nothing to take on Pub/Sub: %s", g.On)
		}
	})
}

func TestMachinesOfAWSAreTakenIntoThePoolAtHomeOnGoogleCloud(t *testing.T) {
	run(t, multigrid.GCP, func(t *testing.T, tree *componenttest.Tree) {
		provider := tree.Of("gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider")
		require.Len(t, provider, 1)
		assert.Empty(t, tree.Of("aws:cloudwatch/metricAlarm:MetricAlarm"), "the scaler sizes the group")
		if machineEnvironment(t, tree) == "" {
			return
		}
		assert.Contains(t, provider[0].Inputs["attributeCondition"].StringValue(), `attribute.aws_role in ["arn:aws:sts::`)
		roles := map[string][]string{}
		for _, g := range gcptest.Grants(t, tree) {
			if strings.HasPrefix(g.Member, "principalSet://") {
				assert.Contains(t, g.Member, "/attribute.aws_role/arn:aws:sts::", "one role, not the whole pool")
				roles[g.Member] = append(roles[g.Member], g.Role)
			}
		}
		require.Len(t, roles, 1)
		for _, r := range roles {
			assert.ElementsMatch(t, []string{
				"roles/pubsub.subscriber", "roles/pubsub.viewer", "roles/pubsub.publisher", "roles/pubsub.viewer", "roles/storage.objectUser",
			}, r)
		}
		var sizes []string
		for _, s := range awstest.Policies(t, tree)["grid-gcp-scaler-abroad-rights"] {
			sizes = append(sizes, s.Action...)
		}
		assert.ElementsMatch(t, []string{"autoscaling:SetDesiredCapacity", "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"}, sizes)
	})
}

func TestOptionsThatCannotBeAreRefusedTogether(t *testing.T) {
	o := options(t, "azure")
	o.Fleets["lost"], o.AWS.Images, o.Random = "moon", true, nil
	_, err := multigrid.New(o)
	for _, want := range []string{`home is "azure", want "aws" or "gcp"`, `fleet "lost" is in cloud "moon"`, "want zip packages", "no source of random bytes"} {
		assert.ErrorContains(t, err, want)
	}
}
