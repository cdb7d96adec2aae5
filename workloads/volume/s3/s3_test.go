package s3_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/mototest"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/volume/s3"
	"github.com/spotgrid/spotgrid/workloads/volume/volumetest"
)

func TestMain(m *testing.M) { os.Exit(mototest.Main(m)) }

const bucket = "grid-volume"

var openers = volume.Openers{"s3": s3.Open}

var declared sync.Once

// newBucket makes sure that moto has the bucket, which goes with moto.
func newBucket(t *testing.T) {
	t.Helper()
	server := mototest.Need(t)
	declared.Do(func() {
		client := awss3.NewFromConfig(server.Config(t), func(o *awss3.Options) { o.UsePathStyle = true })
		_, err := client.CreateBucket(context.Background(), &awss3.CreateBucketInput{
			Bucket: aws.String(bucket), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: mototest.Region},
		})
		require.NoError(t, err)
	})
}

var prefixes atomic.Int64

// newURL is a part of the bucket that nothing else uses.
func newURL(t *testing.T) string {
	t.Helper()
	newBucket(t)
	return fmt.Sprintf("s3://%s/part-%d?region=%s", bucket, prefixes.Add(1), mototest.Region)
}

func TestConformance(t *testing.T) {
	t.Parallel()
	volumetest.Run(t, volumetest.Harness{NewURL: newURL, Openers: openers})
}
