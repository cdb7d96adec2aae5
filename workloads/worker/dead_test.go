package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

func TestFailingJobIsTriedWithGrowingDelaysThenBuried(t *testing.T) {
	t.Parallel()
	var starts []time.Time
	poison := kind{"poison", func(_ context.Context, task job.Task) (json.RawMessage, error) {
		starts = append(starts, time.Now())
		for i := range 30 {
			fmt.Fprintln(task.Output, "line", i)
		}
		return json.RawMessage(`{"code":7}`), fmt.Errorf("no luck in try %d", len(starts))
	}}
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "poison", func(j *job.Job) { j.Limits.MaxAttempts = 4 })
		g.send("good", "sleep", sleeps("1s"))
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())

		require.Len(t, starts, 4)
		for i, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			delay := starts[i+1].Sub(starts[i])
			assert.GreaterOrEqual(t, delay, want)
			assert.LessOrEqual(t, delay, want+time.Second)
		}
		g.hasNoResult("j")
		assert.Equal(t, job.Succeeded, g.result("good").Outcome, "the rest goes on")

		letters := g.letters()
		require.Len(t, letters, 1)
		require.Len(t, letters[0].Attempts, 4)
		for i, a := range letters[0].Attempts {
			assert.Equal(t, i+1, a.Number)
			assert.Equal(t, job.Failed, a.Outcome)
			assert.Equal(t, fmt.Sprintf("no luck in try %d", i+1), a.Cause)
			require.Len(t, a.LogTail, 20)
			assert.Equal(t, "line 29", a.LogTail[19])
		}
		dead, err := g.volume.Dead("j")
		require.NoError(t, err)
		assert.Equal(t, letters[0].Attempts, dead.Attempts)
		assert.JSONEq(t, `{"code":7}`, string(dead.Result))
		assert.Equal(t, "no luck in try 4", dead.Cause)
		assert.Equal(t, "j", dead.Job.ID)
		assert.Empty(t, dead.Job.Attempts)
	}, poison, sleeper)
}

func TestHopelessJobIsBuriedAtOnce(t *testing.T) {
	t.Parallel()
	hopeless := kind{"hopeless", func(context.Context, job.Task) (json.RawMessage, error) {
		return nil, job.Reject(errors.New("no such program"))
	}}
	picky := pickyKind{kind{"picky", nil}}
	for name, c := range map[string]struct{ kind, cause string }{
		"unknown kind":     {"dance", `unknown job kind "dance", this grid knows hopeless, picky`},
		"payload refused":  {"picky", `payload of kind "picky": no payload is good enough`},
		"rejected by kind": {"hopeless", "no such program"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			simulate(t, func(t *testing.T, g *grid) {
				g.send("j", c.kind)
				stop := g.start()
				g.awaitEmpty()
				require.NoError(t, stop())
				letters := g.letters()
				require.Len(t, letters, 1)
				require.Len(t, letters[0].Attempts, 1)
				assert.Equal(t, job.Rejected, letters[0].Attempts[0].Outcome)
				assert.Equal(t, c.cause, letters[0].Attempts[0].Cause)
			}, hopeless, picky)
		})
	}
}

type pickyKind struct{ kind }

func (pickyKind) Check(json.RawMessage) error { return errors.New("no payload is good enough") }

func TestMessageThatIsNoJobIsWrappedAndBuried(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want worker.Undecodable
	}{
		"text":            {"hello", worker.Undecodable{Body: "hello"}},
		"binary":          {"\xff\x00", worker.Undecodable{Body: "/wA=", Base64: true}},
		"of another time": {`{"version":9}`, worker.Undecodable{Body: `{"version":9}`}},
		"empty":           {"", worker.Undecodable{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			simulate(t, func(t *testing.T, g *grid) {
				g.sendRaw("m", []byte(c.body))
				stop := g.start()
				g.awaitEmpty()
				require.NoError(t, stop())
				letters := g.letters()
				require.Len(t, letters, 1)
				var got worker.Undecodable
				require.NoError(t, json.Unmarshal(letters[0].Payload, &got))
				assert.Equal(t, c.want, got)
				assert.Equal(t, worker.UndecodableKind, letters[0].Kind)
				assert.Contains(t, letters[0].Attempts[0].Cause, "decoding job")
				dead, err := g.volume.Dead(letters[0].ID)
				require.NoError(t, err)
				assert.Equal(t, letters[0].Attempts[0].Cause, dead.Cause)
			}, sleeper)
		})
	}
}

func TestUndecodableMessageTooLargeToWrapIsSentAsItIs(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		body := []byte(strings.Repeat("x", job.MaxEnvelopeBytes))
		g.sendRaw("m", body)
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		got, err := g.dead.Receive(t.Context(), 1, time.Second)
		require.NoError(t, err)
		require.Len(t, got, 1)
		assert.Equal(t, body, got[0].Body)
	}, sleeper)
}

func TestJobWhoseWorkerDiedBeforeItsBurialIsBuriedWithoutAnotherRun(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "sleep", sleeps("1s"), func(j *job.Job) { j.Limits.MaxAttempts = 1 })
		_, err := g.jobs.Receive(t.Context(), 1, time.Second)
		require.NoError(t, err)
		require.NoError(t, g.volume.WriteAttempt("j", job.Attempt{Number: 1, Worker: "dead", Outcome: job.Failed, Cause: "last words"}))
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		g.hasNoResult("j")
		letters := g.letters()
		require.Len(t, letters, 1)
		require.Len(t, letters[0].Attempts, 1)
		assert.Equal(t, "last words", letters[0].Attempts[0].Cause)
		dead, err := g.volume.Dead("j")
		require.NoError(t, err)
		assert.Equal(t, "dead", dead.Worker)
	}, sleeper)
}

func TestDeadLetterSentAgainStartsAnewAndKeepsItsHistory(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		require.NoError(t, g.volume.WriteAttempt("j", job.Attempt{Number: 2, Outcome: job.Failed, Cause: "old"}))
		g.send("j", "fail", func(j *job.Job) {
			j.Limits.MaxAttempts = 2
			j.Attempts = []job.Attempt{{Number: 1, Outcome: job.Lost}, {Number: 2, Outcome: job.Failed, Cause: "old"}}
		})
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		letters := g.letters()
		require.Len(t, letters, 1)
		assert.Equal(t, []job.Outcome{job.Lost, job.Failed, job.Failed, job.Failed}, outcomes(letters[0].Attempts))
		assert.Equal(t, 4, letters[0].Attempts[3].Number)
	}, kind{"fail", func(context.Context, job.Task) (json.RawMessage, error) { return nil, errors.New("no") }})
}

func TestDeadLetterThatIsTooLargeLosesItsLogLinesFirst(t *testing.T) {
	t.Parallel()
	simulate(t, func(t *testing.T, g *grid) {
		g.send("j", "loud", func(j *job.Job) {
			j.Limits.MaxAttempts = 3
			j.Payload = json.RawMessage(`"` + strings.Repeat("p", 210<<10) + `"`)
		})
		stop := g.start()
		g.awaitEmpty()
		require.NoError(t, stop())
		letters := g.letters()
		require.Len(t, letters, 1)
		require.Len(t, letters[0].Attempts, 3)
		assert.Empty(t, letters[0].Attempts[0].LogTail)
		assert.Len(t, letters[0].Attempts[2].LogTail, 20, "those of the last attempt stay")
		dead, err := g.volume.Dead("j")
		require.NoError(t, err)
		assert.Len(t, dead.Attempts[0].LogTail, 20, "the volume has them all")
	}, kind{"loud", func(_ context.Context, task job.Task) (json.RawMessage, error) {
		for range 40 {
			fmt.Fprintln(task.Output, strings.Repeat("y", 2000))
		}
		return nil, errors.New("no")
	}})
}
