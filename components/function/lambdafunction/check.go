package lambdafunction

import (
	"maps"
	"regexp"
	"slices"

	"github.com/spotgrid/spotgrid/components/awsvalue"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/limits"
)

const (
	// maxConcurrency is the quota of an account that asked for no other, and
	// the most calls at a time that a queue can make.
	// Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
	maxConcurrency = 1000
	// unreserved is what Lambda does not let an account set aside.
	// Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
	unreserved = 100
	// maxBatchSize is the most messages of a standard queue in one call. Lambda
	// itself ends a batch at 6 MiB, which only small messages fill.
	// Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
	maxBatchSize = 10_000
	// leaseTimeouts is how many time-outs the lease of a queue that calls a
	// function lasts, for calls that wait and are tried again.
	// Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	leaseTimeouts = 6
)

// Caps implements function.Driver.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
func (d *Driver) Caps() function.Caps {
	c := function.Caps{
		MaxTimeoutSeconds: 900, MinMemoryMiB: 128, MaxMemoryMiB: 10240, MaxConcurrency: maxConcurrency,
		Sources: true, MaxBatchSize: maxBatchSize, LeaseTimeouts: leaseTimeouts, Schedules: true,
		Rights: []function.Right{function.ReadAlarmHistory},
	}
	if !d.options.WithoutReservedConcurrency {
		c.MaxConcurrency -= unreserved
	}
	return c
}

var (
	// variablePattern is what Lambda takes as the name of a variable (API
	// reference, Environment).
	variablePattern = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`)
)

// reserved are the names of variables that Lambda sets and lets nobody else
// set.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
var reserved = []string{
	"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
	"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
	"AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
	"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "TZ",
}

// Check implements function.Driver.
func (d *Driver) Check(a function.Args) error {
	var f limits.Faults
	d.options.check(&f)
	for _, name := range slices.Sorted(maps.Keys(a.Environment)) {
		switch {
		case !variablePattern.MatchString(name):
			f.Addf("variable of the environment is %q, want two or more letters, digits and underscores, starting with a letter", name)
		case slices.Contains(reserved, name):
			f.Addf("variable %q of the environment is Lambda's own, want another name", name)
		}
	}
	if a.Program.SHA256 != "" { // else the arguments' own check says so
		f.Add(checkProgram(a.Program, d.options.Architecture))
	}
	d.checkSource(&f, a)
	return f.Err()
}

func (o Options) check(f *limits.Faults) {
	awsvalue.CheckRegion(f, o.Region)
	if _, ok := architectures[o.Architecture]; !ok {
		f.Addf("architecture is %q, want one of %q", o.Architecture, slices.Sorted(maps.Keys(architectures)))
	}
	awsvalue.CheckLogDays(f, "logDays", o.LogDays)
	if o.Images != nil {
		return
	}
	if o.Store == nil {
		f.Addf("store is not given, want one that keeps packages")
	}
	if o.PackageFolder == "" {
		f.Addf("packageFolder is not given, want where packages are packed")
	}
}

func (d *Driver) checkSource(f *limits.Faults, a function.Args) {
	s := a.Source
	if s == nil {
		return
	}
	if d.options.SourceGrants == nil {
		f.Addf("source is given, but not what a function needs to read it: sourceGrants")
	}
	window := windowSeconds(s.BatchSize)
	if least := leaseTimeouts*a.TimeoutSeconds + window; window > 0 && s.LeaseSeconds < least {
		f.Addf("source.leaseSeconds is %d, want %d or more: batches of more than %d gather for %d s, during which their messages are hidden", s.LeaseSeconds, least, eagerBatch, window)
	}
}
