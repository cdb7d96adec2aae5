package rules

import (
	"slices"

	"github.com/spotgrid/spotgrid/policies/policy"
)

const awsBudget = "aws:budgets/budget:Budget"

// stackBudget: who pays learns of a dear month in the month, not by the bill.
var stackBudget = policy.Rule{
	Name: "stack-budget", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "A stack with resources in a cloud has a budget there that tells somebody before it is spent.",
	Types: []string{awsBudget, gcpBudget},
	Options: []policy.Option{
		{Name: "mostMonthlyUSD", Default: 5000.0, Min: 1, Max: 10_000_000, Doc: "US dollars that a budget may allow a month"},
	},
	Whole: func(c *policy.Check) {
		for _, cloud := range clouds(c.Stack) {
			budgets := c.Of(cloud + map[string]string{"aws": awsBudget[3:], "gcp": gcpBudget[3:]}[cloud])
			if len(budgets) == 0 {
				c.Say("the stack has resources in %s and no budget there, want one that tells somebody: give the watch monthlyBudgetUsd%s", cloud,
					map[string]string{"gcp": " and the grid its billingAccount"}[cloud])
			}
			for _, b := range budgets {
				checkBudget(b)
			}
		}
	},
}

// clouds that the stack has something in.
func clouds(s *policy.Stack) []string {
	var found []string
	for _, r := range s.Resources {
		if cloud := r.Cloud(); cloud != "" && !slices.Contains(found, cloud) {
			found = append(found, cloud)
		}
	}
	slices.Sort(found)
	return found
}

func checkBudget(b *policy.Check) {
	amount, told := "limitAmount", "notifications"
	if b.Resource.Type == gcpBudget {
		amount, told = "amount.specifiedAmount.units", "allUpdatesRule"
	}
	if n, ok := b.Number(amount, 0); ok && n > b.Option("mostMonthlyUSD") {
		b.Violation(amount, "no more than "+number(b.Option("mostMonthlyUSD")), "lower it, or raise option mostMonthlyUSD of this rule with who pays")
	}
	if b.Value(told).Empty() {
		b.Violation(told, "somebody who is told", "add a notification with a subscriber")
		return
	}
	items, ok := b.Value(told).Items(), b.Known(told)
	if !ok || b.Resource.Type == gcpBudget {
		return
	}
	for i, n := range items {
		if n.Key("subscriberEmailAddresses").Empty() && n.Key("subscriberSnsTopicArns").Empty() {
			b.Say("notifications.%d has no subscriber, want an address or a topic: say who is told", i)
		}
	}
}
