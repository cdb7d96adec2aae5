package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// output is what `go test -json` prints of one driver.
const output = `{"Action":"run","Package":"github.com/spotgrid/spotgrid/workloads/queue/sqs","Test":"TestDriver/sent_twice"}
{"Action":"output","Package":"github.com/spotgrid/spotgrid/workloads/queue/sqs","Test":"TestDriver/sent_twice","Output":"    cases.go:12: SQS keeps no IDs\n"}
{"Action":"skip","Package":"github.com/spotgrid/spotgrid/workloads/queue/sqs","Test":"TestDriver/sent_twice"}
{"Action":"pass","Package":"github.com/spotgrid/spotgrid/workloads/queue/sqs","Test":"TestDriver/round_trip"}
{"Action":"output","Package":"github.com/spotgrid/spotgrid/workloads/queue/sqs","Test":"TestDriver/counts/late","Output":"    cases.go:40: counts are late\n"}
{"Action":"skip","Package":"github.com/spotgrid/spotgrid/workloads/queue/sqs","Test":"TestDriver/counts/late"}
{"Action":"pass","Package":"github.com/spotgrid/spotgrid/workloads/queue/sqs","Test":"TestDriver/counts"}
{"Action":"fail","Package":"github.com/spotgrid/spotgrid/workloads/queue/sqs","Test":"TestDriver/leases"}
{"Action":"pass","Package":"github.com/spotgrid/spotgrid/workloads/queue/sqs","Test":"TestElse/round_trip"}
{"Action":"pass","Package":"github.com/spotgrid/spotgrid/workloads/queue/nats","Test":"TestDriver/sent_twice"}
{"Action":"pass","Package":"example.com/other","Test":"TestDriver/round_trip"}
`

func TestACaseIsYesNoOrDifferentWithTheReason(t *testing.T) {
	t.Parallel()
	r, err := read(strings.NewReader(output))
	require.NoError(t, err)
	var worked suite
	for _, s := range suites {
		if s.concept == "Queue, as worked on" {
			worked = s
		}
	}
	assert.Equal(t, []string{"counts", "leases", "round trip", "sent twice"}, r.cases(worked))
	for name, want := range map[string]string{
		"round trip": "yes", "sent twice": "no: SQS keeps no IDs", "counts": "different: counts are late", "leases": "**fails**",
	} {
		assert.Equal(t, want, cell(worked, "aws", name, r), name)
	}
	assert.Equal(t, "yes", cell(worked, "local", "sent twice", r))
	assert.Equal(t, "no such case", cell(worked, "gcp", "round trip", r))
}

func TestADriverWhoseSuiteDidNotRunIsNamed(t *testing.T) {
	t.Parallel()
	r, err := read(strings.NewReader(output))
	require.NoError(t, err)
	assert.ErrorContains(t, r.check(), "package workloads/queue/pubsub ran no case of its suite")
	_, err = read(strings.NewReader("ok  \tsome/package\n"))
	assert.ErrorContains(t, err, "want what `go test -json` prints")
}

// TestThePageTellsTheLimitsThatDriversDeclareNow holds the page's second half; its
// first takes the suites themselves, make parity.
func TestThePageTellsTheLimitsThatDriversDeclareNow(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "parity.md"))
	require.NoError(t, err, "write it with make parity")
	assert.Contains(t, string(page), limits(), "write it anew with make parity")
	for _, s := range suites {
		assert.Contains(t, string(page), "## "+s.concept+"\n")
	}
	assert.NotContains(t, string(page), "**fails**")
}

func TestEveryPackageOfASuiteIsThere(t *testing.T) {
	t.Parallel()
	for _, s := range suites {
		for _, d := range s.drivers {
			files, err := filepath.Glob(filepath.Join("..", "..", d.pkg, "*_test.go"))
			require.NoError(t, err)
			found := false
			for _, f := range files {
				b, err := os.ReadFile(f)
				require.NoError(t, err)
				found = found || strings.Contains(string(b), "func "+d.test)
			}
			assert.True(t, found, "%s has a test %s", d.pkg, d.test)
		}
	}
}
