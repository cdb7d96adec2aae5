package scaler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/scaler"
)

var errAway = errors.New("the cloud is away")

// cloud answers as a test sets it, and notes the calls.
type cloud struct {
	scaler.Cloud
	points map[string][]scaler.Point
	sizes  map[string]scaler.Size
	fail   map[string]bool // calls that fail
	first  time.Time       // of all groups' failures
	taken  int             // what Cancel takes at most
	calls  []string
}

func (c *cloud) call(format string, args ...any) error {
	call := fmt.Sprintf(format, args...)
	c.calls = append(c.calls, call)
	if c.fail[call] {
		return errAway
	}
	return nil
}

func (c *cloud) Backlog(_ context.Context, queue string, since time.Time) ([]scaler.Point, error) {
	err := c.call("backlog %s %s", queue, now.Sub(since))
	return c.points[queue], err
}

func (c *cloud) Size(_ context.Context, group string) (scaler.Size, error) {
	return c.sizes[group], c.call("size %s", group)
}

func (c *cloud) Failures(_ context.Context, group string, _ time.Time) (first, last time.Time, err error) {
	if c.sizes[group].Running < c.sizes[group].Target {
		first = c.first
	}
	return first, first, c.call("failures %s", group)
}

func (c *cloud) Resize(_ context.Context, group string, size int) error {
	return c.call("resize %s %d", group, size)
}

func (c *cloud) Cancel(_ context.Context, group string, count int) (int, error) {
	return min(count, c.taken), c.call("cancel %s %d", group, count)
}

func tick(t *testing.T, c *cloud, fleets ...scaler.Fleet) ([]scaler.Decision, []map[string]any, error) {
	t.Helper()
	var log bytes.Buffer
	s := scaler.New(scaler.Config{Fleets: fleets}, c, slog.New(slog.NewJSONHandler(&log, nil)), func() time.Time { return now })
	d, err := s.Tick(t.Context())
	var lines []map[string]any
	for line := range strings.Lines(log.String()) {
		var l map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		lines = append(lines, l)
	}
	return d, lines, err
}

// fleetOf is a fleet of one queue and two groups.
func fleetOf(name string) scaler.Fleet {
	f := two()
	f.Name, f.Queue = name, "q/"+name
	f.Groups = []scaler.Group{{URL: "g/" + name + "-a", MaxWorkers: 10}, {URL: "g/" + name + "-b", MaxWorkers: 6}}
	return f
}

func TestATickMakesFewCalls(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		points []scaler.Point
		want   []string
	}{
		"nobody counted": {nil, nil},
		"no jobs":        {counted(0), []string{"size g/x-a", "size g/x-b"}},
		"jobs":           {counted(9), []string{"size g/x-a", "failures g/x-a", "size g/x-b", "failures g/x-b", "resize g/x-a 5"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := &cloud{points: map[string][]scaler.Point{"q/x": c.points}}
			_, _, err := tick(t, cloud, fleetOf("x"))
			require.NoError(t, err)
			assert.Equal(t, append([]string{"backlog q/x 20m0s"}, c.want...), cloud.calls)
		})
	}
}

func TestEveryDecisionIsOneLineWithItsReasons(t *testing.T) {
	t.Parallel()
	_, lines, err := tick(t, &cloud{points: map[string][]scaler.Point{"q/x": counted(9)}}, fleetOf("x"), fleetOf("y"))
	require.NoError(t, err)
	require.Len(t, lines, 2)
	assert.Equal(t, "scaling decision", lines[0]["msg"])
	assert.Equal(t, map[string]any{
		"fleet": "x", "jobs": 9.0, "measuredAt": "2026-03-01T11:59:00Z", "wanted": 5.0,
		"groups":  map[string]any{"g/x-a": map[string]any{"target": 0.0, "running": 0.0}, "g/x-b": map[string]any{"target": 0.0, "running": 0.0}},
		"changes": []any{map[string]any{"group": "g/x-a", "action": "raise", "from": 0.0, "to": 5.0}},
		"why":     "5 more machines for the jobs",
	}, lines[0]["decision"])
	assert.Equal(t, map[string]any{
		"fleet": "y", "jobs": -1.0, "wanted": 0.0, "changes": []any{}, "why": "nobody counted the jobs in the last 5m0s: nothing is changed",
	}, lines[1]["decision"])
}

func TestAFaultOfOneFleetIsTheirsAlone(t *testing.T) {
	t.Parallel()
	for fails, want := range map[string]string{
		"backlog q/x 20m0s": `fleet "x": reading the backlog: the cloud is away`,
		"size g/x-b":        `fleet "x": reading the size of g/x-b: the cloud is away`,
		"failures g/x-a":    `fleet "x": reading the failures of g/x-a: the cloud is away`,
		"resize g/x-a 5":    `fleet "x": changing the target of g/x-a from 0 to 5: the cloud is away`,
	} {
		t.Run(fails, func(t *testing.T) {
			t.Parallel()
			c := &cloud{points: map[string][]scaler.Point{"q/x": counted(9), "q/y": counted(2)}, fail: map[string]bool{fails: true}}
			d, lines, err := tick(t, c, fleetOf("x"), fleetOf("y"))
			require.EqualError(t, err, want)
			require.Len(t, d, 2)
			assert.Equal(t, want, `fleet "x": `+d[0].Error)
			assert.Equal(t, "ERROR", lines[0]["level"])
			assert.Empty(t, d[1].Error)
			assert.Contains(t, c.calls, "resize g/y-a 1")
			if strings.HasPrefix(fails, "failures") {
				assert.Contains(t, c.calls, "resize g/x-a 5", "it knows less, but enough")
			} else if !strings.HasPrefix(fails, "resize") {
				assert.Empty(t, d[0].Changes)
			}
		})
	}
}

func TestWhatCannotBeTakenBackIsNotAskedOfAnother(t *testing.T) {
	t.Parallel()
	for taken, want := range map[int][]string{
		4: {"cancel g/x-a 4", "resize g/x-b 4"},
		1: {"cancel g/x-a 4", "resize g/x-b 1"},
		0: {"cancel g/x-a 4"},
	} {
		c := &cloud{
			points: map[string][]scaler.Point{"q/x": counted(9)}, sizes: map[string]scaler.Size{"g/x-a": {Target: 5, Running: 1}},
			first: ago(5 * time.Minute), taken: taken,
		}
		_, _, err := tick(t, c, fleetOf("x"))
		require.NoError(t, err)
		assert.Equal(t, want, c.calls[5:])
	}
}
