package awswatch

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/budgets"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/costexplorer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// warnPercent of the budget spent, and forecastPercent of it forecast, are
	// told.
	warnPercent     = 80
	forecastPercent = 100
	// anomalyPercent of the budget is what an anomaly has to cost to be told of.
	anomalyPercent = 10
	// stackTag is the tag that the monitor goes by. It has to be activated as a
	// cost allocation tag, or the monitor sees nothing.
	stackTag = "stack"
)

// buildMoney tells when the month gets dear. The budget is of the whole account:
// one of a stack's tag would see nothing, and say nothing, until somebody
// activates that tag.
func (p *plan) buildMoney() error {
	if p.options.WithoutMoney {
		return nil
	}
	if err := p.buildBudget(); err != nil {
		return err
	}
	specification, err := json.Marshal(map[string]any{"Tags": map[string]any{
		"Key": stackTag, "Values": []string{p.ctx.Stack()}, "MatchOptions": []string{"EQUALS"},
	}})
	if err != nil {
		return err
	}
	monitor, err := costexplorer.NewAnomalyMonitor(p.ctx, p.child("anomalies"), &costexplorer.AnomalyMonitorArgs{
		MonitorType: pulumi.String("CUSTOM"), MonitorSpecification: pulumi.String(specification), Tags: p.tags("anomalies"),
	}, p.parent)
	if err != nil {
		return err
	}
	_, err = costexplorer.NewAnomalySubscription(p.ctx, p.child("anomalies-told"), &costexplorer.AnomalySubscriptionArgs{
		Frequency: pulumi.String("IMMEDIATE"), MonitorArnLists: pulumi.StringArray{monitor.Arn},
		Subscribers: costexplorer.AnomalySubscriptionSubscriberArray{costexplorer.AnomalySubscriptionSubscriberArgs{
			Type: pulumi.String("SNS"), Address: p.topic.Arn,
		}},
		ThresholdExpression: costexplorer.AnomalySubscriptionThresholdExpressionArgs{
			Dimension: costexplorer.AnomalySubscriptionThresholdExpressionDimensionArgs{
				Key: pulumi.String("ANOMALY_TOTAL_IMPACT_ABSOLUTE"), MatchOptions: pulumi.StringArray{pulumi.String("GREATER_THAN_OR_EQUAL")},
				Values: pulumi.StringArray{pulumi.String(strconv.Itoa(max(1, p.args.MonthlyBudgetUSD*anomalyPercent/100)))},
			},
		},
		Tags: p.tags("anomalies-told"),
	}, p.parent)
	return err
}

func (p *plan) buildBudget() error {
	notify := func(kind string, percent float64) budgets.BudgetNotificationArgs {
		return budgets.BudgetNotificationArgs{
			ComparisonOperator: pulumi.String("GREATER_THAN"), NotificationType: pulumi.String(kind),
			Threshold: pulumi.Float64(percent), ThresholdType: pulumi.String("PERCENTAGE"),
			SubscriberEmailAddresses: pulumi.ToStringArray(p.args.Mails), SubscriberSnsTopicArns: pulumi.StringArray{p.topic.Arn},
		}
	}
	_, err := budgets.NewBudget(p.ctx, p.child("budget"), &budgets.BudgetArgs{
		BudgetType: pulumi.String("COST"), TimeUnit: pulumi.String("MONTHLY"),
		LimitAmount: pulumi.String(fmt.Sprintf("%d.0", p.args.MonthlyBudgetUSD)), LimitUnit: pulumi.String("USD"),
		Notifications: budgets.BudgetNotificationArray{notify("ACTUAL", warnPercent), notify("FORECASTED", forecastPercent)},
		Tags:          p.tags("budget"),
	}, p.parent)
	return err
}
