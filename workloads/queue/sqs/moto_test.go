package sqs_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/sqs"
)

const (
	region  = "eu-central-1"
	account = "123456789012" // moto's
)

// motoServer runs moto_server with a lock on its queues. moto itself locks
// nothing while it changes them, so that two receivers can get one message at a
// time and a deletion can undo a Send.
const motoServer = `
import sys, threading
from moto.server import main
from moto.sqs.models import Queue, SQSBackend

lock = threading.RLock()

def locked(call):
    def run(*args, **kwargs):
        with lock:
            return call(*args, **kwargs)
    return run

for name in ("send_message", "send_message_batch", "receive_message", "delete_message",
             "delete_message_batch", "change_message_visibility", "change_message_visibility_batch"):
    setattr(SQSBackend, name, locked(getattr(SQSBackend, name)))

wait = Queue.wait_for_messages

def wait_unlocked(queue, timeout):
    lock.release()
    try:
        wait(queue, timeout)
    finally:
        lock.acquire()

Queue.wait_for_messages = wait_unlocked
main(sys.argv[1:])
`

// parallelTests is one at a time: moto uses one core, of which a case with 1,000
// messages leaves others too little for leases of seconds.
const parallelTests = "1"

// noMoto says why there is no server to test with; "" if there is one.
var noMoto string

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", parallelTests); err != nil {
		panic(err)
	}
	runtime.LockOSThread() // Pdeathsig is of the thread that starts the server
	stop, err := startMoto()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	stop()
	os.Exit(code)
}

// startMoto starts the server and points the SDK to it.
func startMoto() (stop func(), err error) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_SESSION_TOKEN": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "", "NO_PROXY": "127.0.0.1",
	} {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	// moto takes an empty profile for a name.
	if err := errors.Join(os.Unsetenv("AWS_PROFILE"), os.Unsetenv("AWS_DEFAULT_PROFILE")); err != nil {
		return nil, err
	}
	python, err := filepath.Abs("../../../.venv/bin/python")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(python), "moto_server")); err != nil {
		noMoto = "no moto here: run tools/moto"
		return func() {}, nil
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	endpoint := "http://127.0.0.1:" + port
	server := exec.Command(python, "-c", motoServer, "-H", "127.0.0.1", "-p", port)
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := server.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed
	}
	if err := answers(endpoint, time.Minute); err != nil {
		stop()
		return nil, err
	}
	return stop, os.Setenv("AWS_ENDPOINT_URL_SQS", endpoint)
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}

// answers waits until moto answers.
func answers(endpoint string, most time.Duration) error {
	deadline := time.Now().Add(most)
	for {
		response, err := http.Get(endpoint + "/moto-api/data.json")
		if err == nil {
			return response.Body.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("moto does not answer after %s: %w", most, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func needMoto(t *testing.T) {
	t.Helper()
	if noMoto != "" {
		t.Skip(noMoto)
	}
}

// owner is a client of whoever declares queues.
func owner(t *testing.T) *awssqs.Client {
	t.Helper()
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(region))
	require.NoError(t, err)
	return awssqs.NewFromConfig(cfg)
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
