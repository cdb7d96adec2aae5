package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// logsExpire: a log group without a time keeps all for ever, at a price each month.
var logsExpire = policy.Rule{
	Name: "logs-expire", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Medium,
	Doc:     "Logs are kept for a time that was chosen: none for ever.",
	Types:   []string{awsLogs, gcpLogs},
	Options: []policy.Option{{Name: "mostDays", Default: 365.0, Min: 1, Max: 3653, Doc: "days that logs may be kept"}},
	Each: func(c *policy.Check) {
		path := map[string]string{awsLogs: "retentionInDays", gcpLogs: "retentionDays"}[c.Resource.Type]
		// Zero is for ever on AWS (PutRetentionPolicy), and so is nothing; Google
		// Cloud's default is 30 days.
		n, ok := c.Number(path, map[string]float64{awsLogs: 0, gcpLogs: 30}[c.Resource.Type])
		if ok && (n < 1 || n > c.Option("mostDays")) {
			c.Violation(path, "1.."+number(c.Option("mostDays")), "set the days that somebody will look back")
		}
	},
}

// mendLogs gives log groups of AWS a time. The list of times that AWS takes is
// CloudWatch's (PutRetentionPolicy).
var mendLogs = policy.Rule{
	Name: "mend-logs-expire", Area: policy.Cost, Level: policy.Remediate, Severity: policy.Medium, Checks: "logs-expire",
	Doc:     "Gives log groups on AWS that would keep all for ever a time.",
	Types:   []string{awsLogs},
	Options: []policy.Option{{Name: "days", Default: 30.0, Min: 1, Max: 3653, Doc: "days that logs are kept, one that CloudWatch takes"}},
	Mend: func(c *policy.Check) (policy.Value, bool) {
		if n, ok := c.Number("retentionInDays", 0); !ok || n >= 1 {
			return policy.Value{}, false
		}
		return c.Resource.Props.With("retentionInDays", policy.Of(c.Option("days"))), true
	},
}
