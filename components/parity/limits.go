package main

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/fleet"
	"github.com/spotgrid/spotgrid/components/fleet/asgfleet"
	"github.com/spotgrid/spotgrid/components/fleet/localfleet"
	"github.com/spotgrid/spotgrid/components/fleet/migfleet"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/function/lambdafunction"
	"github.com/spotgrid/spotgrid/components/function/localfunction"
	"github.com/spotgrid/spotgrid/components/function/runfunction"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/queue/localqueue"
	"github.com/spotgrid/spotgrid/components/queue/pubsubqueue"
	"github.com/spotgrid/spotgrid/components/queue/sqsqueue"
)

// row is a limit on each target, in the order of columns.
type row struct {
	what   string
	values [3]any
}

func limits() string {
	var b strings.Builder
	b.WriteString("## Limits that drivers declare\n\n| limit | local | aws | gcp |\n| --- | --- | --- | --- |\n")
	for _, rows := range [][]row{queueLimits(), fleetLimits(), functionLimits()} {
		for _, r := range rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.what, text(r.values[0]), text(r.values[1]), text(r.values[2]))
		}
	}
	return b.String()
}

func text(v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []function.Right:
		if len(v) == 0 {
			return "none"
		}
	}
	return fmt.Sprint(v)
}

func each[C any](what string, caps [3]C, value func(C) any) row {
	return row{what, [3]any{value(caps[0]), value(caps[1]), value(caps[2])}}
}

func queueLimits() []row {
	onPubSub, err := pubsubqueue.New(pubsubqueue.Options{Project: "any", ProjectNumber: pulumi.String("1")})
	if err != nil {
		panic(err) // the options are those above
	}
	c := [3]queue.Caps{(&localqueue.Driver{}).Caps(), sqsqueue.New(sqsqueue.Options{}).Caps(), onPubSub.Caps()}
	return []row{
		each("queue: lease, seconds", c, func(c queue.Caps) any { return fmt.Sprintf("%d..%d", c.MinLeaseSeconds, c.MaxLeaseSeconds) }),
		each("queue: deliveries before a dead letter", c, func(c queue.Caps) any { return fmt.Sprintf("%d..%d", c.MinDeliveries, c.MaxDeliveries) }),
		each("queue: longest retention, hours", c, func(c queue.Caps) any { return c.MaxRetentionHours }),
	}
}

func fleetLimits() []row {
	c := [3]fleet.Caps{(&localfleet.Driver{}).Caps(), (*asgfleet.Driver)(nil).Caps(), (*migfleet.Driver)(nil).Caps()}
	return []row{
		each("fleet: most workers", c, func(c fleet.Caps) any { return c.MaxWorkers }),
		each("fleet: most slots of a worker", c, func(c fleet.Caps) any { return c.MaxSlots }),
		each("fleet: longest orderly drain, seconds", c, func(c fleet.Caps) any { return c.MaxDrainSeconds }),
	}
}

func functionLimits() []row {
	c := [3]function.Caps{
		(&localfunction.Driver{}).Caps(), lambdafunction.New(lambdafunction.Options{}).Caps(), runfunction.New(runfunction.Options{}).Caps(),
	}
	return []row{
		each("function: longest call, seconds", c, func(c function.Caps) any { return c.MaxTimeoutSeconds }),
		each("function: memory, MiB", c, func(c function.Caps) any { return fmt.Sprintf("%d..%d", c.MinMemoryMiB, c.MaxMemoryMiB) }),
		each("function: most calls at a time", c, func(c function.Caps) any { return c.MaxConcurrency }),
		each("function: called by a queue", c, func(c function.Caps) any { return c.Sources }),
		each("function: messages in a call", c, func(c function.Caps) any { return c.MaxBatchSize }),
		each("function: called by the clock", c, func(c function.Caps) any { return c.Schedules }),
		each("function: rights", c, func(c function.Caps) any { return c.Rights }),
	}
}
