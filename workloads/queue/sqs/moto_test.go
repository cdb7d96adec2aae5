package sqs_test

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/mototest"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/sqs"
)

const (
	region  = mototest.Region
	account = mototest.Account
)

// parallelTests is one at a time: moto uses one core, of which a case with 1,000
// messages leaves others too little for leases of seconds.
const parallelTests = "1"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", parallelTests); err != nil {
		panic(err)
	}
	os.Exit(mototest.Main(m))
}

// owner is a client of whoever declares queues.
func owner(t *testing.T) *awssqs.Client {
	t.Helper()
	return awssqs.NewFromConfig(mototest.Need(t).Config(t))
}

var queues atomic.Int64

// declare makes a queue that is removed when the test ends.
func declare(t *testing.T, attributes map[string]string) *url.URL {
	t.Helper()
	name := fmt.Sprintf("queue-%d", queues.Add(1))
	client := owner(t)
	made, err := client.CreateQueue(t.Context(), &awssqs.CreateQueueInput{QueueName: aws.String(name), Attributes: attributes})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := client.DeleteQueue(context.Background(), &awssqs.DeleteQueueInput{QueueUrl: made.QueueUrl})
		assert.NoError(t, err)
	})
	return queueURL(t, name)
}

func queueURL(t *testing.T, name string) *url.URL {
	t.Helper()
	u, err := url.Parse("sqs://sqs." + region + ".amazonaws.com/" + account + "/" + name)
	require.NoError(t, err)
	return u
}

// open opens a queue and closes it when the test ends.
func open(t *testing.T, u *url.URL) queue.Driver {
	t.Helper()
	d, err := sqs.Open(t.Context(), u)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d
}

func arn(u *url.URL) string {
	return "arn:aws:sqs:" + region + ":" + account + ":" + u.Path[strings.LastIndex(u.Path, "/")+1:]
}
