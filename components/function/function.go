// Package function is a program that answers calls and costs nothing between
// them, on any target.
package function

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/naming"
)

// Type of the component in Pulumi's state.
const Type = "spotgrid:function:Function"

// Args are what every target honours with one meaning.
type Args struct {
	// Program is the handler, built on the Lambda runtime library.
	Program artifact.Program
	// TimeoutSeconds is how long one call may take.
	TimeoutSeconds int
	// MemoryMiB is what one instance has.
	MemoryMiB int
	// Concurrency is the most calls at a time.
	Concurrency int
	// Environment is what the function is told.
	Environment pulumi.StringMap
	// Source is a queue whose messages the function is called with; nil: none.
	Source *Source
	// Rights are what the function may do beside answering.
	Rights []Right
	// Schedules call the function by the clock.
	Schedules []Schedule
}

// Right is something that a function may do on its target beside answering.
type Right string

// ReadAlarmHistory is to read what the target's alarms did.
const ReadAlarmHistory Right = "readAlarmHistory"

// Function is a program that answers calls.
type Function struct {
	pulumi.ResourceState
	Binding
}

// New declares a function. All faults of the arguments and of the driver's
// options come in one error, before anything is registered.
func New(ctx *pulumi.Context, name string, d Driver, a Args, opts ...pulumi.ResourceOption) (*Function, error) {
	if err := errors.Join(naming.Check("function", name), a.check(d.Caps()), d.Check(a)); err != nil {
		return nil, fmt.Errorf("function %q on %s: %w", name, d.Target(), err)
	}
	f := &Function{}
	in := pulumi.Map{
		"target": pulumi.String(d.Target()), "programSha256": pulumi.String(a.Program.SHA256),
		"timeoutSeconds": pulumi.Int(a.TimeoutSeconds), "memoryMib": pulumi.Int(a.MemoryMiB),
		"concurrency": pulumi.Int(a.Concurrency), "schedules": pulumi.Int(len(a.Schedules)),
		"hasSource": pulumi.Bool(a.Source != nil),
	}
	if err := ctx.RegisterComponentResourceV2(Type, name, in, f, opts...); err != nil {
		return nil, fmt.Errorf("registering function %q: %w", name, err)
	}
	b, err := d.Build(ctx, name, a, pulumi.Parent(f))
	if err != nil {
		return nil, fmt.Errorf("function %q on %s: %w", name, d.Target(), err)
	}
	f.Binding = *b
	return f, ctx.RegisterResourceOutputs(f, pulumi.Map{"url": b.URL, "id": b.ID})
}

func (a Args) check(c Caps) error {
	var f limits.Faults
	f.Between("timeoutSeconds", a.TimeoutSeconds, 1, c.MaxTimeoutSeconds)
	f.Between("memoryMib", a.MemoryMiB, c.MinMemoryMiB, c.MaxMemoryMiB)
	f.Between("concurrency", a.Concurrency, 1, c.MaxConcurrency)
	if a.Program.SHA256 == "" {
		f.Addf("program is not given, want a built program")
	}
	for _, r := range a.Rights {
		if !slices.Contains(c.Rights, r) {
			f.Addf("right is %q, want one of those that a function can have here: %q", r, c.Rights)
		}
	}
	a.checkSource(&f, c)
	a.checkSchedules(&f, c)
	return f.Err()
}
