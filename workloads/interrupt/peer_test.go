package interrupt_test

import (
	"bytes"
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/interrupt"
)

// metadataMock is a metadata service by AWS, with IMDSv2 tokens, that announces
// what it is told to after so many seconds.
const metadataMock = "github.com/aws/amazon-ec2-metadata-mock/cmd"

// startMetadataMock starts it on 127.0.0.1 and returns its address.
func startMetadataMock(t *testing.T, flags ...string) string {
	t.Helper()
	built := exec.Command("go", "-C", "../../tools", "tool", "-n", metadataMock)
	var why bytes.Buffer
	built.Stderr = &why
	program, err := built.Output()
	if err != nil {
		t.Skipf("no metadata mock by AWS here: %s", strings.TrimSpace(why.String()))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	server := exec.Command(strings.TrimSpace(string(program)), append([]string{"--hostname", host, "--port", port, "--imdsv2"}, flags...)...)
	server.Env = []string{"HOME=" + t.TempDir()} // it reads a file there
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed
	})
	return "http://" + address
}

// TestAWSOwnMetadataMockIsUnderstood watches a service that this project did not
// write. It recommends to rebalance, then announces a spot interruption, then the
// end by the group.
func TestAWSOwnMetadataMockIsUnderstood(t *testing.T) {
	t.Parallel()
	url := startMetadataMock(t, "--rebalance-delay-sec", "1", "--mock-delay-sec", "2", "--asg-termination-delay-sec", "4")
	var log bytes.Buffer
	source, err := interrupt.NewEC2(interrupt.EC2Options{
		BaseURL: url, Interval: 100 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now, Rand: rand.Float64,
	})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	notices := source.Watch(ctx)

	spot := <-notices
	assert.Equal(t, "terminate", spot.Action)
	assert.Equal(t, interrupt.SourceEC2, spot.Source)
	assert.InDelta(t, 120, time.Until(spot.Deadline).Seconds(), 10)
	group := spot
	for group.Source == interrupt.SourceEC2 { // the mock announces a new time at every poll
		group = <-notices
	}
	assert.Equal(t, ofGroup, group)
	cancel()
	for range notices { // the log is written until it is closed
	}
	assert.Equal(t, 1, strings.Count(log.String(), "recommends to rebalance"), log.String())
}
