package rules

import (
	"testing"

	"github.com/spotgrid/spotgrid/policies/policy"
)

func TestAnomaliesAreTold(t *testing.T) {
	queue, monitor := of(awsQueue, "queue", `{}`), of(awsAnomalies, "monitor", `{"arn":"arn:monitor"}`)
	table(t, costAnomalies, []example{
		{name: "on no cloud", stack: some("spotgrid:index:Agent", `{}`)},
		{name: "no monitor", stack: []*policy.Resource{queue}, want: []string{"no cost anomaly monitor"}},
		{name: "a monitor that tells nobody", stack: []*policy.Resource{monitor}, want: []string{"no anomaly subscription has the monitor"}},
		{name: "one that tells", stack: []*policy.Resource{monitor, of(awsAnomaliesTold, "told", `{"monitorArnLists":["arn:monitor"],"subscribers":[{"type":"SNS"}]}`)}},
		{name: "one without subscribers", stack: []*policy.Resource{monitor, of(awsAnomaliesTold, "told", `{"monitorArnLists":["arn:monitor"]}`)}, want: []string{"subscribers is missing"}},
		{name: "unknown", stack: []*policy.Resource{monitor, of(awsAnomaliesTold, "told", `{"monitorArnLists":"?"}`)}, undecided: []string{"monitorArnLists"}},
		{name: "a forecast", stack: some(gcpBudget, `{"thresholdRules":[{"spendBasis":"CURRENT_SPEND"},{"spendBasis":"FORECASTED_SPEND"}]}`)},
		{name: "no forecast", stack: some(gcpBudget, `{"thresholdRules":[{"spendBasis":"CURRENT_SPEND"}]}`), want: []string{"thresholdRules"}},
	})
}
