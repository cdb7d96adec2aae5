// Package memory is a machine group in memory, for tests: one machine whose group
// a test has shrink.
package memory

import (
	"context"
	"errors"
	"sync"

	"github.com/spotgrid/spotgrid/workloads/machinegroup"
)

// The machine's states.
const (
	inService = iota
	takenAway // the group waits for Leave
	gone
)

// Errors of this driver.
var (
	errClosed  = errors.New("the driver was closed")
	errNoGroup = errors.New("there is no such group")
	errState   = errors.New("the machine is not in service")
	errNoWait  = errors.New("the group is not waiting for the machine")
	errMinimum = errors.New("the group needs the machine")
)

// Machine is one machine of a group, and its driver.
type Machine struct {
	mu          sync.Mutex
	isProtected bool
	state       int
	isClosed    bool
	isMissing   bool
	isNeeded    bool
	caps        machinegroup.Caps
}

var _ machinegroup.Driver = (*Machine)(nil)

// New makes a machine in service that is not protected, in a group that takes
// machines away.
func New() *Machine { return &Machine{caps: machinegroup.Caps{Protects: true}} }

// NewLeaver makes a machine in service, in a group that cannot protect machines
// and that they leave by themselves.
func NewLeaver() *Machine { return &Machine{caps: machinegroup.Caps{LeavesInService: true}} }

// Missing makes a machine whose group is not there.
func Missing() *Machine {
	m := New()
	m.isMissing = true
	return m
}

// Caps say what the machine's group can do.
func (m *Machine) Caps() machinegroup.Caps { return m.caps }

// Protect sets the protection.
func (m *Machine) Protect(ctx context.Context, on bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check(ctx); err != nil {
		return err
	}
	if !m.caps.Protects {
		return nil
	}
	if m.state != inService {
		return errState
	}
	m.isProtected = on
	return nil
}

// Leave lets the machine go.
func (m *Machine) Leave(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check(ctx); err != nil {
		return err
	}
	if m.caps.LeavesInService {
		return m.leaveInService()
	}
	if m.state != takenAway {
		return errNoWait
	}
	m.state = gone
	return nil
}

func (m *Machine) leaveInService() error {
	if m.isNeeded && m.state == inService {
		return errMinimum
	}
	m.state = gone
	return nil
}

// Need says whether the group has too few machines without this one.
func (m *Machine) Need(is bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.isNeeded = is
}

func (m *Machine) check(ctx context.Context) error {
	switch {
	case m.isClosed:
		return errClosed
	case ctx.Err() != nil:
		return ctx.Err()
	case m.isMissing:
		return errNoGroup
	}
	return nil
}

// Kind classifies the driver's errors.
func (m *Machine) Kind(err error) machinegroup.Kind {
	for of, kind := range map[error]machinegroup.Kind{
		errClosed: machinegroup.KindClosed, errNoGroup: machinegroup.KindNotFound,
		errState: machinegroup.KindWrongState, errNoWait: machinegroup.KindWrongState,
		errMinimum:       machinegroup.KindAtMinimum,
		context.Canceled: machinegroup.KindCanceled, context.DeadlineExceeded: machinegroup.KindCanceled,
	} {
		if errors.Is(err, of) {
			return kind
		}
	}
	return machinegroup.KindUnknown
}

// Close ends the driver.
func (m *Machine) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.isClosed = true
	return nil
}

// IsProtected reports whether the group must leave the machine alone.
func (m *Machine) IsProtected() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.isProtected
}

// Shrink makes the group take the machine away, unless it is protected, and
// reports whether it does.
func (m *Machine) Shrink() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.isProtected && m.state == inService {
		m.state = takenAway
	}
	return m.state == takenAway
}

// IsGone reports whether the group has let the machine go.
func (m *Machine) IsGone() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state == gone
}
