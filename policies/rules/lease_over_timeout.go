package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// leaseOverTimeout: a message whose lease ends while it is worked on is worked on
// twice.
var leaseOverTimeout = policy.Rule{
	Name: "lease-over-timeout", Area: policy.Reliability, Level: policy.Mandatory, Severity: policy.High,
	Doc: "A queue hides a message for longer than a function may take: on AWS by a factor, since Lambda also waits and tries again, " +
		"on Google Cloud for a push subscription at least as long as the service may take.",
	Types: []string{awsEventSource, awsQueue, awsFunction, gcpSubscription, gcpService},
	Options: []policy.Option{
		{Name: "factor", Default: 6.0, Min: 1, Max: 100, Doc: "how many times a function's timeout a queue on AWS hides a message; AWS asks for 6"},
	},
	Whole: func(c *policy.Check) {
		for _, source := range c.Of(awsEventSource) {
			queues, _ := refer(source, "eventSourceArn", awsQueue)
			functions, _ := refer(source, "functionName", awsFunction)
			for _, q := range queues {
				for _, f := range functions {
					leaseOf(q, f)
				}
			}
		}
		for _, s := range c.Of(gcpSubscription) {
			services, _ := refer(s, "pushConfig", gcpService)
			for _, service := range services {
				deadlineOf(s, service)
			}
		}
	},
}

func leaseOf(q, f *policy.Check) {
	lease, ok := q.Number("visibilityTimeoutSeconds", 30) // SQS's default
	timeout, sure := f.Number("timeout", 3)               // Lambda's default
	if least := timeout * q.Option("factor"); ok && sure && lease < least {
		q.Violation("visibilityTimeoutSeconds", number(least)+" or more, "+number(q.Option("factor"))+" times the timeout of function "+f.Resource.Name, "raise it, or lower the timeout")
	}
}

func deadlineOf(s, service *policy.Check) {
	deadline, ok := s.Number("ackDeadlineSeconds", 10)                    // Pub/Sub's default
	timeout, sure := durationSeconds(service, "template.timeout", "300s") // Cloud Run's default
	if ok && sure && deadline < timeout {
		s.Violation("ackDeadlineSeconds", number(timeout)+" or more, the timeout of service "+service.Resource.Name, "raise it, or lower the timeout")
	}
}
