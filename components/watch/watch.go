// Package watch tells people and programs what a grid cannot mend by itself, on
// any target: dead letters, jobs that are about to be dropped, machines that
// their cloud retires, and money.
//
// Every alarm says who answers for it, what happens if nobody does, and where it
// is written what to do. Notices go to people and to something that is no person:
// one mailbox that nobody reads must not cost a night's machines.
package watch

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/naming"
	"github.com/spotgrid/spotgrid/components/queue"
)

// Type of the component in Pulumi's state.
const Type = "spotgrid:watch:Watch"

// Args are what every target honours with one meaning.
type Args struct {
	// Owner answers for the grid, as in its tags.
	Owner string
	// RunbookURL is where it is written what to do about an alarm: an https URL.
	// Each alarm adds its own name as the fragment.
	RunbookURL string
	// Mails are the people who are told: one address or more.
	Mails []string
	// Webhooks are told too, by a POST of the cloud's own format: https URLs.
	Webhooks []string
	// MonthlyBudgetUSD is what the grid may cost: 1..10,000,000; told at 80 % of
	// it and when it is about to be passed.
	MonthlyBudgetUSD int
	// Queues are those to watch, by the names that alarms call them.
	Queues map[string]Queue
}

// Queue is a queue to watch.
type Queue struct {
	queue.Binding
	// RetentionHours is after how long it drops a job.
	RetentionHours int
}

// Watch looks after a grid.
type Watch struct {
	pulumi.ResourceState
	Binding
}

// New declares a watch. All faults of the arguments and of the driver's options
// come in one error, before anything is registered.
func New(ctx *pulumi.Context, name string, d Driver, a Args, opts ...pulumi.ResourceOption) (*Watch, error) {
	if err := errors.Join(naming.Check("watch", name), a.check(), d.Check(a)); err != nil {
		return nil, fmt.Errorf("watch %q on %s: %w", name, d.Target(), err)
	}
	w := &Watch{}
	in := pulumi.Map{
		"target": pulumi.String(d.Target()), "owner": pulumi.String(a.Owner), "runbookUrl": pulumi.String(a.RunbookURL),
		"monthlyBudgetUsd": pulumi.Int(a.MonthlyBudgetUSD), "subscribers": pulumi.Int(len(a.Mails) + len(a.Webhooks)),
	}
	if err := ctx.RegisterComponentResourceV2(Type, name, in, w, opts...); err != nil {
		return nil, fmt.Errorf("registering watch %q: %w", name, err)
	}
	b, err := d.Build(ctx, name, a, pulumi.Parent(w))
	if err != nil {
		return nil, fmt.Errorf("watch %q on %s: %w", name, d.Target(), err)
	}
	w.Binding = *b
	return w, ctx.RegisterResourceOutputs(w, pulumi.Map{"id": b.ID})
}

const maxBudgetUSD = 10_000_000

func (a Args) check() error {
	var f limits.Faults
	if a.Owner == "" {
		f.Addf("owner is not given, want who answers for the grid")
	}
	if !isHTTPS(a.RunbookURL) {
		f.Addf("runbookUrl is %q, want an https URL of what to do about an alarm", a.RunbookURL)
	}
	if len(a.Mails) == 0 {
		f.Addf("mails are not given, want one address or more of those who are told")
	}
	for _, m := range a.Mails {
		if parsed, err := mail.ParseAddress(m); err != nil || parsed.Address != m {
			f.Addf("mail is %q, want an address such as platform@example.com", m)
		}
	}
	for _, w := range a.Webhooks {
		if !isHTTPS(w) {
			f.Addf("webhook is %q, want an https URL", w)
		}
	}
	f.Between("monthlyBudgetUsd", a.MonthlyBudgetUSD, 1, maxBudgetUSD)
	return f.Err()
}

func isHTTPS(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}
