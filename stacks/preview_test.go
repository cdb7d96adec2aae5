package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awsprovider"
	"github.com/spotgrid/spotgrid/components/enginetest"
	"github.com/spotgrid/spotgrid/components/gcpprovider"
)

var update = flag.Bool("update", false, "write the golden previews anew")

// previewPlace is a place whose programs are only names, in a folder of the
// test's own.
func previewPlace(t *testing.T) Place {
	t.Helper()
	p := fakePrograms(t)
	p.Root = t.TempDir()
	return p
}

// preview is that of the real engine and the real providers of the stack's
// target.
func preview(t *testing.T, stack string, program pulumi.RunFunc) ([]string, error) {
	t.Helper()
	return enginetest.Preview(t, enginetest.New(t, enginetest.Stack{
		Name: stack, Program: program, Plugins: plugins[configFile(t, stack)["spotgrid:target"]],
	}))
}

// plugins that a target needs, with their versions.
var plugins = map[string]map[string]string{
	"aws": {"aws": awsprovider.Version}, "gcp": {"gcp": gcpprovider.Version},
	"multicloud": {"aws": awsprovider.Version, "gcp": gcpprovider.Version},
}

// TestTheRealProviderPreviewsEveryStackInACloud holds every stack's resources
// against a list: a renamed resource is a deleted and a new one.
func TestTheRealProviderPreviewsEveryStackInACloud(t *testing.T) {
	for _, stack := range cloudStacks(t) {
		t.Run(stack, func(t *testing.T) {
			s := load(t, configFile(t, stack).set(t, "offline", true))
			got, err := preview(t, stack, Program(s, previewPlace(t)))
			require.NoError(t, err)
			golden := filepath.Join("testdata", "preview", stack+".golden")
			text := strings.Join(got, "\n") + "\n"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(text), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err, "write it with -update")
			assert.Equal(t, string(want), text, "look at each line, then write it anew with -update")
		})
	}
}

func TestTheRealProviderRefusesAWrongPropertyOfAStack(t *testing.T) {
	s := load(t, configFile(t, "aws-dev").set(t, "offline", true))
	spoilt := func(ctx *pulumi.Context) error {
		err := ctx.RegisterResourceTransform(func(_ context.Context, a *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
			if a.Type != "aws:sqs/queue:Queue" {
				return nil
			}
			a.Props["visibilityTimeoutSeconds"] = pulumi.Int(12*3600 + 1)
			return &pulumi.ResourceTransformResult{Props: a.Props, Opts: a.Opts}
		})
		if err != nil {
			return err
		}
		return Program(s, previewPlace(t))(ctx)
	}
	_, err := preview(t, "aws-dev", spoilt)
	assert.ErrorContains(t, err, "expected visibility_timeout_seconds to be in the range (0 - 43200)")
}

func TestMissingCredentialsAreSaidBeforeAnythingIsPlanned(t *testing.T) {
	got, err := preview(t, "aws-dev", Program(load(t, configFile(t, "aws-dev")), previewPlace(t)))
	require.Error(t, err)
	assert.ErrorContains(t, err, "No valid credential sources found")
	for _, line := range got {
		assert.NotContains(t, line, "aws:", "nothing of AWS was planned: %s", line)
	}
}

// TestTheRealProvidersPreviewAVolumeThatIsABucket: machines then mount nothing.
func TestTheRealProvidersPreviewAVolumeThatIsABucket(t *testing.T) {
	for stack, want := range map[string]string{
		"aws-dev": "spotgrid:volume:Volume$aws:s3/bucketV2:BucketV2 grid-volume-bucket",
		"gcp-dev": "spotgrid:volume:Volume$gcp:storage/bucket:Bucket grid-volume-bucket",
	} {
		t.Run(stack, func(t *testing.T) {
			s := load(t, configFile(t, stack).set(t, "offline", true).set(t, "volume", `{"kind":"bucket"}`))
			got, err := preview(t, stack, Program(s, previewPlace(t)))
			require.NoError(t, err)
			text := strings.Join(got, "\n")
			assert.Contains(t, text, "create spotgrid:grid:Grid$"+want)
			for _, none := range []string{"efs", "filestore", "nfs"} {
				assert.NotContains(t, text, none)
			}
		})
	}
}

// TestTheRealProvidersPreviewAGridAtHomeOnGoogleCloud is the other way round than
// stack multicloud: machines of AWS are taken into a pool.
func TestTheRealProvidersPreviewAGridAtHomeOnGoogleCloud(t *testing.T) {
	s := load(t, configFile(t, "multicloud").set(t, "offline", true).set(t, "multicloud.home", "gcp"))
	got, err := preview(t, "multicloud", Program(s, previewPlace(t)))
	require.NoError(t, err)
	text := strings.Join(got, "\n")
	for _, want := range []string{
		"spotgrid:trust:GooglePool$gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider grid-pool-provider",
		"gcp:pubsub/topic:Topic grid-jobs-work", "gcp:storage/bucket:Bucket grid-volume-bucket",
		"aws:autoscaling/group:Group grid-spot-aws-group", "aws:iam/role:Role grid-gcp-scaler-abroad-role",
	} {
		assert.Contains(t, text, want)
	}
	for _, none := range []string{"aws:sqs", "aws:cloudwatch/metricAlarm"} {
		assert.NotContains(t, text, none)
	}
}

// TestTheRealProvidersPreviewJobsThatNeedTheFilesOfOneCloud: they have a queue of
// their own, and the fleets of that cloud a file system.
func TestTheRealProvidersPreviewJobsThatNeedTheFilesOfOneCloud(t *testing.T) {
	s := load(t, configFile(t, "multicloud").set(t, "offline", true).set(t, "volume.files", []string{"aws", "gcp"}).
		set(t, "queues", `{"photos":{"locality":"aws"},"films":{"locality":"gcp"}}`).
		set(t, "fleets.darkroom", map[string]any{"cloud": "aws", "queue": "photos"}).
		set(t, "fleets.cinema", map[string]any{"cloud": "gcp", "queue": "films", "drainSeconds": 20}))
	got, err := preview(t, "multicloud", Program(s, previewPlace(t)))
	require.NoError(t, err)
	text := strings.Join(got, "\n")
	for _, want := range []string{
		"aws:sqs/queue:Queue grid-photos-jobs-work", "aws:sqs/queue:Queue grid-films-jobs-work",
		"aws:efs/fileSystem:FileSystem grid-aws-files", "gcp:filestore/instance:Instance grid-gcp-files", "aws:s3/bucketV2:BucketV2 grid-volume-bucket",
	} {
		assert.Contains(t, text, want)
	}
}
