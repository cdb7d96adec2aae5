package gcpwatch

import (
	"strconv"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/billing"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// maxBudgetChannels is how many channels a budget tells (Cloud Billing Budget API
// reference, AllUpdatesRule).
const maxBudgetChannels = 5

// buildBudget tells when the month gets dear: at 80 % of what was meant, and when
// all of it is forecast. Google finds anomalies of costs by itself and tells the
// billing account's administrators; there is nothing to declare (Cloud Billing,
// view and manage cost anomalies).
func (p *plan) buildBudget() error {
	if p.options.BillingAccount == "" {
		return nil
	}
	_, err := billing.NewBudget(p.ctx, p.child("budget"), &billing.BudgetArgs{
		BillingAccount: pulumi.String(p.options.BillingAccount), DisplayName: pulumi.String(p.child("budget")),
		BudgetFilter: billing.BudgetBudgetFilterArgs{
			Projects: pulumi.StringArray{pulumi.String("projects/" + p.options.ProjectNumber)}, CalendarPeriod: pulumi.String("MONTH"),
		},
		Amount: billing.BudgetAmountArgs{SpecifiedAmount: billing.BudgetAmountSpecifiedAmountArgs{
			CurrencyCode: pulumi.String("USD"), Units: pulumi.String(strconv.Itoa(p.args.MonthlyBudgetUSD)),
		}},
		ThresholdRules: billing.BudgetThresholdRuleArray{
			billing.BudgetThresholdRuleArgs{ThresholdPercent: pulumi.Float64(0.8), SpendBasis: pulumi.String("CURRENT_SPEND")},
			billing.BudgetThresholdRuleArgs{ThresholdPercent: pulumi.Float64(1), SpendBasis: pulumi.String("FORECASTED_SPEND")},
		},
		AllUpdatesRule: billing.BudgetAllUpdatesRuleArgs{
			MonitoringNotificationChannels: p.channels[1:min(len(p.channels), maxBudgetChannels+1)], PubsubTopic: p.topic,
		},
	}, p.parent)
	return err
}
