package interrupt_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/workloads/interrupt"
)

var ofGroup = interrupt.Notice{Action: "terminate", Source: "autoscaling"}

func TestTheGroupsEndIsANoticeWithoutADeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &imds{state: "InService"}
		notices, log, stop := watch(t, s)
		for _, state := range []string{"InService", "Standby", "Detached", "Warmed:Stopped", "Warmed:Running", "Warmed:Hibernated", "Warmed:Terminated", "terminated", ""} {
			s.set(func() { s.state = state })
			select {
			case n := <-notices:
				t.Errorf("state %q is no end, but: %v", state, n)
			case <-time.After(10 * time.Second):
			}
		}
		s.set(func() { s.state = "Terminated" })
		announced := time.Now()
		assert.Equal(t, ofGroup, <-notices)
		assert.LessOrEqual(t, time.Since(announced), time.Second)
		select {
		case again := <-notices:
			t.Errorf("the notice was repeated: %v", again)
		case <-time.After(time.Minute):
		}
		stop()
		<-notices
		assert.Empty(t, log.String())
	})
}

func TestSpotAndGroupAnnounceIndependently(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first, second     func(*imds)
		wantFirst, wanted interrupt.Notice
	}{
		"EC2 first":   {func(s *imds) { s.action = notice }, func(s *imds) { s.state = "Terminated" }, want, ofGroup},
		"group first": {func(s *imds) { s.state = "Terminated" }, func(s *imds) { s.action = notice }, ofGroup, want},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &imds{}
				notices, _, stop := watch(t, s)
				s.set(func() { c.first(s) })
				assert.Equal(t, c.wantFirst, <-notices)
				time.Sleep(10 * time.Second)
				s.set(func() { c.second(s) })
				assert.Equal(t, c.wanted, <-notices)
				select {
				case again := <-notices:
					t.Errorf("a notice was repeated: %v", again)
				case <-time.After(time.Minute):
				}
				stop()
				<-notices
			})
		})
	}
}

func TestOneItemThatCannotBeReadDoesNotHideTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &imds{action: "<html>", rebalance: "<html>"}
		notices, log, stop := watch(t, s)
		time.Sleep(10 * time.Second)
		s.set(func() { s.state = "Terminated" })
		assert.Equal(t, ofGroup, <-notices)
		stop()
		<-notices
		assert.Equal(t, 1, strings.Count(log.String(), "cannot see interruption notices"))
		assert.Contains(t, log.String(), "fetching spot instance action")
		assert.Contains(t, log.String(), "fetching rebalance recommendation")
	})
}

func TestRebalanceRecommendationIsLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &imds{rebalance: `{"noticeTime":"2026-03-01T12:00:00Z"}`}
		notices, log, stop := watch(t, s)
		select {
		case n := <-notices:
			t.Errorf("it is not acted on: %v", n)
		case <-time.After(time.Minute):
		}
		s.set(func() { s.action = notice })
		assert.Equal(t, want, <-notices, "the interruption that it foretold")
		stop()
		<-notices
		assert.Equal(t, 1, strings.Count(log.String(), "recommends to rebalance"))
		assert.Contains(t, log.String(), "since=2026-03-01T12:00:00.000Z")
	})
}

func TestRebalanceRecommendationIsANoticeWhereAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &imds{rebalance: `{"noticeTime":"2026-03-01T12:00:00Z"}`}
		notices, log, stop := watch(t, s, func(o *interrupt.EC2Options) { o.DrainOnRebalance = true })
		assert.Equal(t, interrupt.Notice{Action: "terminate", Source: "ec2 rebalance"}, <-notices)
		s.set(func() { s.rebalance = strings.Replace(s.rebalance, "12:00", "12:01", 1) })
		select {
		case again := <-notices:
			t.Errorf("the notice was repeated: %v", again)
		case <-time.After(time.Minute):
		}
		stop()
		<-notices
		assert.Empty(t, log.String())
	})
}

func TestAPollIsThreeRequestsWithOneToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &imds{}
		notices, _, stop := watch(t, s)
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		<-notices
		poll := []string{"GET /meta-data/spot/instance-action", "GET /meta-data/autoscaling/target-lifecycle-state", "GET /meta-data/events/recommendations/rebalance"}
		wanted := []string{"PUT /api/token"}
		for range 61 {
			wanted = append(wanted, poll...)
		}
		assert.Equal(t, wanted, s.requests)
	})
}

func TestAServiceThatIsAwayIsAskedOnceAPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &imds{}
		notices, _, stop := watch(t, s)
		time.Sleep(5500 * time.Millisecond)
		s.set(func() { s.down = true })
		time.Sleep(10 * time.Second)
		synctest.Wait()
		assert.Equal(t, 10, s.refused)
		stop()
		<-notices
	})
}
