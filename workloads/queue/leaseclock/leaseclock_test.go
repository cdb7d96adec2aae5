package leaseclock

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestALeaseLastsUntilItsEndAndNoLonger(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var l Lease
	assert.ErrorIs(t, l.Check(now), ErrLost, "nobody set an end")
	l.Renew(now.Add(time.Second))
	assert.NoError(t, l.Check(now))
	assert.NoError(t, l.Check(now.Add(time.Second-1)))
	assert.ErrorIs(t, l.Check(now.Add(time.Second)), ErrLost)
	l.Renew(now.Add(time.Minute))
	assert.NoError(t, l.Check(now.Add(time.Second)))
}

func TestALeaseThatWasGivenUpStaysSo(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		end   func(*Lease)
		acked bool
	}{
		"acknowledged": {(*Lease).EndAcked, true},
		"released":     {(*Lease).EndReleased, false},
	} {
		var l Lease
		l.Renew(now.Add(time.Minute))
		assert.False(t, l.Acked(), name)
		c.end(&l)
		assert.ErrorIs(t, l.Check(now), ErrGivenBack, name)
		l.Renew(now.Add(time.Hour))
		assert.ErrorIs(t, l.Check(now), ErrGivenBack, "%s: it cannot be renewed", name)
		assert.Equal(t, c.acked, l.Acked(), name)
	}
}
