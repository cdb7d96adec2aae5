// Package watchtest is the suite that every driver of package watch passes.
package watchtest

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/queue"
	"github.com/spotgrid/spotgrid/components/watch"
)

// Shape tells of a driver's resources what the suite looks at.
type Shape struct {
	// Alarms are the types of alarms; Text is what an alarm's inputs say to
	// people, Actions how many it tells.
	Alarms  []string
	Text    func(in resource.PropertyMap) string
	Actions func(in resource.PropertyMap) int
	// Budgets are the types of budgets.
	Budgets []string
	// Valid are queues as the target names them.
	Valid map[string]watch.Queue
}

// Valid are arguments that every driver takes.
func (s Shape) args() watch.Args {
	return watch.Args{
		Owner: "platform", RunbookURL: "https://example.com/runbook", Mails: []string{"platform@example.com", "on-call@example.com"},
		Webhooks: []string{"https://example.com/hook"}, MonthlyBudgetUSD: 500, Queues: s.Valid,
	}
}

// Run runs the suite. compute is what the service's provider computes.
func Run(t *testing.T, d watch.Driver, compute componenttest.Compute, s Shape) {
	declare := func(a watch.Args) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			w, err := watch.New(ctx, "grid-watch", d, a)
			if err == nil {
				componenttest.Filled(t, ctx, "ID", w.ID)
			}
			return err
		}
	}
	t.Run("every alarm has an action, an owner, a runbook and a consequence", func(t *testing.T) {
		componenttest.Run(t, compute, declare(s.args()), func(t *testing.T, tree *componenttest.Tree) {
			alarms := 0
			for _, typ := range s.Alarms {
				for _, r := range tree.Of(typ) {
					alarms++
					text := s.Text(r.Inputs)
					for _, want := range []string{"Owner: platform", "Runbook: https://example.com/runbook#", "Consequence: "} {
						assert.Contains(t, text, want, r.Name)
					}
					assert.Positive(t, s.Actions(r.Inputs), "%s tells nobody", r.Name)
				}
			}
			assert.GreaterOrEqual(t, alarms, 2*len(s.Valid), "dead letters and old jobs of each queue")
		})
	})
	t.Run("money has a limit", func(t *testing.T) {
		componenttest.Run(t, compute, declare(s.args()), func(t *testing.T, tree *componenttest.Tree) {
			found := 0
			for _, typ := range s.Budgets {
				found += len(tree.Of(typ))
			}
			assert.Positive(t, found)
		})
	})
	t.Run("a watch without queues watches the rest", func(t *testing.T) {
		a := s.args()
		a.Queues = nil
		componenttest.Run(t, compute, declare(a), func(t *testing.T, tree *componenttest.Tree) {
			for _, typ := range s.Alarms {
				for _, r := range tree.Of(typ) {
					assert.False(t, strings.HasSuffix(r.Name, "-dead"), r.Name)
				}
			}
			assert.NotEmpty(t, tree.Below("grid-watch"))
		})
	})
	t.Run("faults are named together", func(t *testing.T) {
		err := componenttest.Refused(t, declare(watch.Args{RunbookURL: "http://example.com", Mails: []string{"nobody"}, Webhooks: []string{"ftp://x"}}))
		for _, want := range []string{"owner is not given", `runbookUrl is "http://example.com"`, `mail is "nobody"`, `webhook is "ftp://x"`, "monthlyBudgetUsd is 0, want 1..10000000", d.Target()} {
			assert.ErrorContains(t, err, want)
		}
	})
}

// Queue makes a queue to watch of four texts.
func Queue(url, id, deadURL, deadID string) watch.Queue {
	return watch.Queue{Binding: queue.Binding{
		URL: pulumi.String(url).ToStringOutput(), ID: pulumi.String(id).ToStringOutput(),
		DeadLetterURL: pulumi.String(deadURL).ToStringOutput(), DeadLetterID: pulumi.String(deadID).ToStringOutput(),
	}, RetentionHours: 96}
}
