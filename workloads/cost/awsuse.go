package cost

import "strings"

// awsUseRules are those of what AWS bills by use.
var awsUseRules = map[string]rule{
	"aws:ec2/flowLog:FlowLog": {price: func(e *estimator, r Resource) {
		e.add(r, "flow_log_ingestion_gb", e.share("aws", r.Type, e.flowLogs("aws")))
	}},
	"aws:sqs/queue:Queue":               {[]string{"redrivePolicy"}, (*estimator).sqs},
	"aws:efs/fileSystem:FileSystem":     {[]string{"throughputMode"}, (*estimator).efs},
	"aws:efs/backupPolicy:BackupPolicy": {price: func(e *estimator, r Resource) { e.add(r, "efs_backup_gb_month", e.stored()) }},
	"aws:cloudwatch/logGroup:LogGroup":  {[]string{"retentionInDays"}, (*estimator).logGroup},
	"aws:sns/topic:Topic":               {price: func(e *estimator, r Resource) { e.add(r, "sns_requests_million", always(0)) }},
	"aws:lambda/function:Function": {
		[]string{"memorySize", "architectures", "tracingConfig"}, (*estimator).lambda,
	},
	"aws:lambda/eventSourceMapping:EventSourceMapping": {price: func(e *estimator, r Resource) {
		e.unpriced(r, "how often it asks the queue for messages is up to Lambda")
	}},
	"aws:scheduler/schedule:Schedule": {[]string{"scheduleExpression"}, func(e *estimator, r Resource) {
		e.add(r, "scheduler_invocations_million", e.runs(r, "scheduleExpression").scale(1e-6))
	}},
	"aws:s3/bucketV2:BucketV2": {price: func(e *estimator, r Resource) {
		e.bucket(r, "s3_standard_gb_month", "s3_put_requests_million", "s3_get_requests_million")
	}},
	"aws:ecr/repository:Repository": {price: func(e *estimator, r Resource) { e.add(r, "ecr_storage_gb_month", always(e.load.ProgramsGiB)) }},
}

// Requests to a queue for each job beside those that wait for one: it is sent,
// received and deleted. Those that extend its lease, three in each (package worker),
// are not counted.
const requestsPerJob = 3

// pollsPerHour is how often an idle slot asks for a job, at the 20 seconds that a
// request may wait.
const pollsPerHour = 3600 / 20

// sqs prices the queue that jobs wait in, by its redrive policy; its dead-letter
// queue has none.
func (e *estimator) sqs(r Resource) {
	if r.in("redrivePolicy").state == absent {
		e.listStray(r)
		return
	}
	requests := e.sum("", func(f *fleet) Range {
		return f.jobs.scale(requestsPerJob).Plus(f.hours.scale(pollsPerHour * f.slots))
	})
	e.add(r, "sqs_requests_million", e.share("aws", r.Type, requests.scale(1e-6)))
}

// stored is what lies on the volume: nothing, or what the load says.
func (e *estimator) stored() Range { return Range{0, e.load.StoredGiB, e.load.StoredGiB} }

func (e *estimator) efs(r Resource) {
	jobs := e.sum("", jobsOf)
	e.add(r, "efs_standard_gb_month", e.stored())
	if mode := r.in("throughputMode"); mode.text() != "elastic" {
		if mode.state == unknown || mode.text() == "provisioned" {
			e.unpriced(r, "the book has no price of throughput that is not elastic")
		}
		return // bursts come with what is stored
	}
	e.add(r, "efs_read_gb", jobs.scale(e.load.ReadMiBPerJob/1024))
	e.add(r, "efs_write_gb", jobs.scale(e.load.WrittenMiBPerJob/1024))
}

// listStray lists what no component of the project stands for: what such a thing
// gets no load says. Dead letters and notices count as none.
func (e *estimator) listStray(r Resource) {
	if e.component(r).URN == "" {
		e.unpriced(r, "what it gets is not known")
	}
}

// logGroup prices what a group gets, and keeps for as long as its retention says.
// What flow logs write is billed with them.
func (e *estimator) logGroup(r Resource) {
	gib := e.logged(r)
	if e.component(r).Type != networkType {
		e.add(r, "log_ingestion_gb", gib)
	}
	days, state := r.in("retentionInDays").number(0)
	if state == unknown {
		e.unpriced(r, "how long it keeps logs is not known")
		return
	}
	if days == 0 {
		days = 365
		e.assume("a log group without retention keeps a year of logs")
	}
	e.add(r, "log_storage_gb_month", gib.scale(days/daysPerMonth))
}

// logged is how many GiB a component logs a month.
func (e *estimator) logged(r Resource) Range {
	const kibPerGiB = 1 << 20
	switch c := e.component(r); c.Type {
	case fleetType:
		if f := e.fleetOf(r); f != nil {
			return f.jobs.scale(e.load.LogKiBPerJob / kibPerGiB)
		}
	case functionType:
		return e.calls(c).scale(kibPerCall / kibPerGiB)
	case networkType:
		return e.flowLogs(cloudOf(r.Type))
	}
	e.listStray(r)
	return Range{}
}

// kibPerCall is what a function logs of a call: its line and the platform's three.
const kibPerCall = 1.0

func (e *estimator) lambda(r Resource) {
	memory, state := r.in("memorySize").number(128)
	if state == unknown {
		e.unpriced(r, "its memory is not known")
		return
	}
	calls := e.calls(e.component(r))
	item := "lambda_amd64_gb_second"
	for _, a := range r.in("architectures").list() {
		if a.text() == "arm64" {
			item = "lambda_arm64_gb_second"
		}
	}
	e.add(r, "lambda_requests_million", calls.scale(1e-6))
	e.add(r, item, calls.scale(e.load.SecondsPerCall*memory/1024))
	if strings.EqualFold(r.in("tracingConfig", "mode").text(), "Active") {
		e.add(r, "xray_traces_million", calls.scale(1e-6))
	}
}
