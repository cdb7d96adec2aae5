// Package machinegrouptest is the suite that every driver of a machine group
// passes.
package machinegrouptest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/machinegroup"
)

// Harness is how the suite makes groups of one service.
type Harness struct {
	// New makes a machine that is in service, in a group of its own, and not
	// protected. Both are removed when the test ends.
	New func(t *testing.T) Machine
	// Missing is the driver of a machine whose group is not there. Nil: what
	// stands in for the service does not tell; the case is skipped.
	Missing func(t *testing.T) machinegroup.Driver
	// Needed makes a machine like New, in a group that would have too few machines
	// without it. Needed where machines leave in service.
	Needed func(t *testing.T) Machine
}

// Machine is a machine in its group, with the group's view of it.
type Machine struct {
	Driver machinegroup.Driver
	// IsProtected asks the group. Needed where it can protect.
	IsProtected func(t *testing.T) bool
	// Shrink has the group take the machine away and returns when it waits for
	// Leave. Nil: what stands in for the service cannot; the cases are skipped.
	Shrink func(t *testing.T)
	// IsGone asks whether the group has let the machine go. Needed with Shrink, and
	// where machines leave in service.
	IsGone func(t *testing.T) bool
}

// soon is within what time a call whose context has ended returns.
const soon = time.Second

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for name, test := range map[string]func(*testing.T, Harness){
		"protection is set and taken back":         protection,
		"protection that there is not is no error": noProtection,
		"missing group":                                  missing,
		"a machine in service leaves for good":           leaveForGood,
		"a machine that its group needs stays":           leaveNeeded,
		"leave lets a machine go that is taken away":     leave,
		"leave of a machine in service changes nothing":  leaveInService,
		"a machine that is taken away is not protected":  protectTooLate,
		"ended context returns soon and changes nothing": cancelled,
		"use after close":                                afterClose,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, h)
		})
	}
}

func protection(t *testing.T, h Harness) {
	m := h.New(t)
	if !m.Driver.Caps().Protects {
		t.Skip(cannotProtect)
	}
	require.False(t, m.IsProtected(t))
	for _, on := range []bool{true, true, false, false, true} {
		require.NoError(t, m.Driver.Protect(t.Context(), on))
		require.Equal(t, on, m.IsProtected(t))
	}
}

func noProtection(t *testing.T, h Harness) {
	m := h.New(t)
	if m.Driver.Caps().Protects {
		t.Skip("groups of the service can protect")
	}
	require.NoError(t, m.Driver.Protect(t.Context(), true))
	require.NoError(t, m.Driver.Protect(t.Context(), false))
}

func missing(t *testing.T, h Harness) {
	if h.Missing == nil {
		t.Skip("what stands in for the service does not tell that a group is missing")
	}
	d := h.Missing(t)
	if d.Caps().Protects {
		requireKind(t, d, machinegroup.KindNotFound, d.Protect(t.Context(), true))
		requireKind(t, d, machinegroup.KindNotFound, d.Protect(t.Context(), false))
	}
	requireKind(t, d, machinegroup.KindNotFound, d.Leave(t.Context()))
}

func leave(t *testing.T, h Harness) {
	m := shrinking(t, h)
	require.False(t, m.IsGone(t), "the group waits")
	require.NoError(t, m.Driver.Leave(t.Context()))
	require.True(t, m.IsGone(t))
	requireKind(t, m.Driver, machinegroup.KindWrongState, m.Driver.Leave(t.Context()))
}

func leaveForGood(t *testing.T, h Harness) {
	m := h.New(t)
	if !m.Driver.Caps().LeavesInService {
		t.Skip("machines of the service do not leave in service")
	}
	require.False(t, m.IsGone(t))
	require.NoError(t, m.Driver.Leave(t.Context()))
	require.True(t, m.IsGone(t))
	require.NoError(t, m.Driver.Leave(t.Context()), "twice is nil")
}

func leaveNeeded(t *testing.T, h Harness) {
	if h.Needed == nil {
		require.False(t, h.New(t).Driver.Caps().LeavesInService, "a harness of machines that leave needs Needed")
		t.Skip("machines of the service do not leave in service")
	}
	m := h.Needed(t)
	requireKind(t, m.Driver, machinegroup.KindAtMinimum, m.Driver.Leave(t.Context()))
	require.False(t, m.IsGone(t))
}

func leaveInService(t *testing.T, h Harness) {
	m := h.New(t)
	if m.Driver.Caps().LeavesInService {
		t.Skip("machines of the service leave in service")
	}
	if m.Shrink == nil {
		t.Skip(cannotShrink)
	}
	requireKind(t, m.Driver, machinegroup.KindWrongState, m.Driver.Leave(t.Context()))
	require.False(t, m.IsGone(t))
	require.NoError(t, m.Driver.Protect(t.Context(), true), "it is in service")
}

func protectTooLate(t *testing.T, h Harness) {
	m := shrinking(t, h)
	requireKind(t, m.Driver, machinegroup.KindWrongState, m.Driver.Protect(t.Context(), true))
	require.False(t, m.IsProtected(t))
}

func cancelled(t *testing.T, h Harness) {
	m := h.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	start := time.Now()
	requireKind(t, m.Driver, machinegroup.KindCanceled, m.Driver.Protect(ctx, true))
	requireKind(t, m.Driver, machinegroup.KindCanceled, m.Driver.Leave(ctx))
	require.Less(t, time.Since(start), soon)
	requireUntouched(t, m)
}

func afterClose(t *testing.T, h Harness) {
	m := h.New(t)
	require.NoError(t, m.Driver.Close())
	requireKind(t, m.Driver, machinegroup.KindClosed, m.Driver.Protect(t.Context(), true))
	requireKind(t, m.Driver, machinegroup.KindClosed, m.Driver.Leave(t.Context()))
	require.NoError(t, m.Driver.Close(), "twice is nil")
	requireUntouched(t, m)
}

func requireUntouched(t *testing.T, m Machine) {
	t.Helper()
	if m.IsProtected != nil {
		require.False(t, m.IsProtected(t))
	}
	if m.IsGone != nil {
		require.False(t, m.IsGone(t))
	}
}

const cannotProtect = "groups of the service cannot protect"

const cannotShrink = "what stands in for the service cannot take a machine away through a hook"

// shrinking is a machine that its group takes away.
func shrinking(t *testing.T, h Harness) Machine {
	t.Helper()
	m := h.New(t)
	if m.Shrink == nil {
		t.Skip(cannotShrink)
	}
	m.Shrink(t)
	return m
}

func requireKind(t *testing.T, d machinegroup.Driver, want machinegroup.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want.String(), d.Kind(err).String(), "kind of: %v", err)
}
