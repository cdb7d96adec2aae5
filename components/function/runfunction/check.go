package runfunction

import (
	"maps"
	"regexp"
	"slices"

	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/gcpvalue"
	"github.com/spotgrid/spotgrid/components/limits"
)

const (
	// maxTimeoutSeconds is the longest that Cloud Run waits for an answer.
	// Source: https://cloud.google.com/run/docs/configuring/request-timeout
	maxTimeoutSeconds = 3600
	// maxPushSeconds is the longest that Pub/Sub does, the ack deadline being
	// the time-out of a push (API reference, Subscription).
	maxPushSeconds = 600
	// minAttemptSeconds and maxAttemptSeconds bound how long Cloud Scheduler
	// does (API reference, Job.attemptDeadline, of HTTP targets).
	minAttemptSeconds = 15
	maxAttemptSeconds = 30 * 60

	// Memory of one instance, at least by its execution environment.
	// Source: https://cloud.google.com/run/docs/configuring/memory-limits
	minFirstMiB  = 128
	minSecondMiB = 512
	maxMiB       = 32 << 10

	// maxInstances is the quota of a project that asked for no other, for one
	// processor each. Source: https://cloud.google.com/run/quotas
	maxInstances = 1000
	// maxCallsPerInstance is from the same page.
	maxCallsPerInstance = 1000
)

// Caps implements function.Driver. A subscription pushes messages one by one,
// and waits for the answer as long as its ack deadline, which has to be the
// function's time-out at least; beyond it, what a call waits for an instance.
func (d *Driver) Caps() function.Caps {
	c := function.Caps{
		MaxTimeoutSeconds: maxTimeoutSeconds, MinMemoryMiB: minFirstMiB, MaxMemoryMiB: maxMiB,
		MaxConcurrency: maxInstances * d.options.CallsPerInstance,
		Sources:        true, MaxBatchSize: 1, LeaseTimeouts: 1, Schedules: true,
	}
	if d.options.SecondGeneration {
		c.MinMemoryMiB = minSecondMiB
	}
	return c
}

// variablePattern is a C identifier (Cloud Run Admin API, EnvVar.name).
var variablePattern = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// reserved are the names of variables that Cloud Run keeps for itself, those
// that this driver sets, and one by which a program would take itself for one
// on AWS. Source: https://cloud.google.com/run/docs/container-contract
var reserved = []string{
	"PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION", projectVariable, timeoutVariable, "AWS_LAMBDA_RUNTIME_API",
}

// Check implements function.Driver.
func (d *Driver) Check(a function.Args) error {
	var f limits.Faults
	d.options.check(&f)
	for _, name := range slices.Sorted(maps.Keys(a.Environment)) {
		switch {
		case !variablePattern.MatchString(name):
			f.Addf("variable of the environment is %q, want letters, digits and underscores, not starting with a digit", name)
		case slices.Contains(reserved, name):
			f.Addf("variable %q of the environment is kept for the function's own, want another name", name)
		}
	}
	d.checkCallers(&f, a)
	return f.Err()
}

func (o Options) check(f *limits.Faults) {
	if o.Project == "" {
		f.Addf("project is not given, want the project's ID")
	}
	gcpvalue.CheckRegion(f, o.Region)
	if o.Images == nil {
		f.Addf("images are not given, want what makes programs' images")
	}
	f.Between("callsPerInstance", o.CallsPerInstance, 1, maxCallsPerInstance)
	gcpvalue.CheckLabels(f, o.Labels)
}

// checkCallers finds what those who call the function cannot wait for.
func (d *Driver) checkCallers(f *limits.Faults, a function.Args) {
	if s := a.Source; s != nil {
		if d.options.SourceQueue == nil {
			f.Addf("source is given, but not what its queue is made of: sourceQueue")
		}
		if s.LeaseSeconds > maxPushSeconds {
			f.Addf("source.leaseSeconds is %d, want at most %d: Pub/Sub waits no longer for an answer", s.LeaseSeconds, maxPushSeconds)
		}
		if a.TimeoutSeconds > maxPushSeconds {
			f.Addf("timeoutSeconds is %d, want 1..%d for a function with a source: Pub/Sub waits no longer for an answer", a.TimeoutSeconds, maxPushSeconds)
		}
	}
	if len(a.Schedules) > 0 && a.TimeoutSeconds > maxAttemptSeconds {
		f.Addf("timeoutSeconds is %d, want 1..%d for a function with schedules: Cloud Scheduler waits no longer for an answer", a.TimeoutSeconds, maxAttemptSeconds)
	}
}
