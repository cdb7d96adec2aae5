package machinegroup

import "context"

// Options of a Group. The zero value is usable.
type Options struct {
	// Name is what error texts call the group.
	Name  string
	Retry Retry
}

// Group is one machine's place in its group. It is safe for concurrent use.
// Every method retries as Options.Retry says and fails with *Error.
type Group struct {
	driver Driver
	name   string
	retry  Retry
}

// New makes a Group of a driver. The Group owns the driver from then on: Close
// closes it.
func New(d Driver, opts Options) *Group {
	return &Group{driver: d, name: opts.Name, retry: opts.Retry.withDefaults()}
}

// Name is the group's name in error texts.
func (g *Group) Name() string { return g.name }

// Caps say what the group can do.
func (g *Group) Caps() Caps { return g.driver.Caps() }

// Protect keeps the group from taking the machine away when it shrinks. It does
// not save the machine from other ends, such as those that the cloud decides.
// Twice is nil. KindWrongState: the machine is not in service; it is being taken
// away, say. Where groups cannot protect it is nil.
func (g *Group) Protect(ctx context.Context) error {
	return g.do(ctx, OpProtect, Kind.Passing, func() error { return g.driver.Protect(ctx, true) })
}

// Unprotect lets the group take the machine away again. Twice is nil.
// KindWrongState: the machine is not in service, so that there is nothing to
// take back.
func (g *Group) Unprotect(ctx context.Context) error {
	return g.do(ctx, OpUnprotect, Kind.Passing, func() error { return g.driver.Protect(ctx, false) })
}

// Leave says that the machine, which the group takes away, has drained and may
// go at once. Services announce the end a moment before they know what they are
// waiting for, so KindWrongState is tried again too. If it stays, the group
// waits for nothing.
//
// Where Caps.LeavesInService, it takes a machine in service out of its group and
// ends it: only a worker that has nothing to do and takes nothing may call it.
// KindAtMinimum: the group needs the machine.
func (g *Group) Leave(ctx context.Context) error {
	again := func(k Kind) bool { return k.Passing() || k == KindWrongState }
	return g.do(ctx, OpLeave, again, func() error { return g.driver.Leave(ctx) })
}

// Close lets go of connections. Any call after it fails with KindClosed.
func (g *Group) Close() error { return g.wrap(context.Background(), OpClose, g.driver.Close()) }

func (g *Group) do(ctx context.Context, op Op, again func(Kind) bool, try func() error) error {
	return g.wrap(ctx, op, g.retry.do(ctx, func(err error) bool { return again(g.driver.Kind(err)) }, try))
}

// wrap adds what every error of a Group carries. When the caller's context has
// ended, that is why the call failed, whatever the driver saw of it.
func (g *Group) wrap(ctx context.Context, op Op, err error) error {
	if err == nil {
		return nil
	}
	kind := g.driver.Kind(err)
	if ctx.Err() != nil && (kind == KindUnknown || kind.Passing()) {
		kind = KindCanceled
	}
	return &Error{Op: op, Group: g.name, Kind: kind, Err: err}
}
