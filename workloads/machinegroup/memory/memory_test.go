package memory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/machinegroup"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/machinegrouptest"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/memory"
)

func TestDriver(t *testing.T) {
	t.Parallel()
	machinegrouptest.Run(t, machinegrouptest.Harness{
		New: func(*testing.T) machinegrouptest.Machine {
			m := memory.New()
			return machinegrouptest.Machine{
				Driver:      m,
				IsProtected: func(*testing.T) bool { return m.IsProtected() },
				Shrink:      func(*testing.T) { m.Shrink() },
				IsGone:      func(*testing.T) bool { return m.IsGone() },
			}
		},
		Missing: func(*testing.T) machinegroup.Driver { return memory.Missing() },
	})
}

func TestDriverOfMachinesThatLeave(t *testing.T) {
	t.Parallel()
	of := func(m *memory.Machine) machinegrouptest.Machine {
		return machinegrouptest.Machine{Driver: m, IsGone: func(*testing.T) bool { return m.IsGone() }}
	}
	machinegrouptest.Run(t, machinegrouptest.Harness{
		New: func(*testing.T) machinegrouptest.Machine { return of(memory.NewLeaver()) },
		Needed: func(*testing.T) machinegrouptest.Machine {
			m := memory.NewLeaver()
			m.Need(true)
			return of(m)
		},
	})
}

func TestProtectedMachineIsNotTakenAway(t *testing.T) {
	t.Parallel()
	m := memory.New()
	require.NoError(t, m.Protect(t.Context(), true))
	require.False(t, m.Shrink())
	require.NoError(t, m.Protect(t.Context(), false))
	require.True(t, m.Shrink())
}
