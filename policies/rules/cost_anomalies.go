package rules

import "github.com/spotgrid/spotgrid/policies/policy"

const (
	awsAnomalies     = "aws:costexplorer/anomalyMonitor:AnomalyMonitor"
	awsAnomaliesTold = "aws:costexplorer/anomalySubscription:AnomalySubscription"
)

// costAnomalies: a leak of a few dollars a day is under any budget for weeks.
var costAnomalies = policy.Rule{
	Name: "cost-anomalies", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Medium,
	Doc: "A stack on AWS has a cost anomaly monitor that tells somebody; a budget on Google Cloud, " +
		"which watches for anomalies by itself but not per stack, also looks at the forecast.",
	Types: []string{awsAnomalies, awsAnomaliesTold, gcpBudget},
	Whole: func(c *policy.Check) {
		for _, cloud := range clouds(c.Stack) {
			if cloud == "aws" {
				anomaliesTold(c)
			}
		}
		for _, b := range c.Of(gcpBudget) {
			forecast(b)
		}
	},
}

func anomaliesTold(c *policy.Check) {
	monitors := c.Of(awsAnomalies)
	if len(monitors) == 0 {
		c.Say("the stack has resources in aws and no cost anomaly monitor, want one: give it a watch with monthlyBudgetUsd")
	}
	for _, m := range monitors {
		told, maybe := referrers(m, "monitorArnLists", awsAnomaliesTold)
		switch {
		case len(told) == 0 && maybe:
			m.Undecided("monitorArnLists", "of the anomaly subscriptions is not known yet")
		case len(told) == 0:
			m.Say("no anomaly subscription has the monitor, want one: add a subscription that tells a topic")
		}
		for _, t := range told {
			if t.Value("subscribers").Empty() {
				t.Violation("subscribers", "a topic or an address", "say who is told")
			}
		}
	}
}

func forecast(b *policy.Check) {
	rules, ok := b.Items("thresholdRules")
	if !ok {
		return
	}
	for _, r := range rules {
		if k := r.Key("spendBasis"); k.Kind() == policy.Unknown || text(k) == "FORECASTED_SPEND" {
			return
		}
	}
	b.Violation("thresholdRules", "one with spendBasis FORECASTED_SPEND", "add a threshold on the forecast, which tells of a leak while it is small")
}
