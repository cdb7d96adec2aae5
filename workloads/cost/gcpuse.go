package cost

import (
	"strconv"
	"strings"
)

// gcpUseRules are those of what Google Cloud bills by use.
var gcpUseRules = map[string]rule{
	subscriptionType: {[]string{"deadLetterPolicy"}, (*estimator).subscription},
	"gcp:storage/bucket:Bucket": {price: func(e *estimator, r Resource) {
		e.bucket(r, "gcs_standard_gib_month", "gcs_class_a_million", "gcs_class_b_million")
	}},
	"gcp:artifactregistry/repository:Repository": {price: func(e *estimator, r Resource) {
		e.add(r, "artifact_storage_gib_month", always(e.load.ProgramsGiB))
	}},
	"gcp:cloudrunv2/service:Service": {[]string{"template"}, (*estimator).run},
	"gcp:compute/subnetwork:Subnetwork": {[]string{"logConfig"}, func(e *estimator, r Resource) {
		if r.in("logConfig").state != absent {
			e.add(r, "log_ingestion_gib", e.share("gcp", r.Type, e.flowLogs("gcp")))
		}
	}},
	logBucket: {[]string{"retentionDays"}, func(*estimator, Resource) {}}, // with the fleet
}

const subscriptionType = "gcp:pubsub/subscription:Subscription"

// subscription prices the messages of jobs, each of which is published and
// delivered and counts for 1 KB at least. Dead letters have none.
func (e *estimator) subscription(r Resource) {
	if r.in("deadLetterPolicy").state == absent {
		e.listStray(r)
		return
	}
	const gibPerJob = 2.0 * 1024 / (1 << 30)
	e.add(r, "pubsub_throughput_gib", e.share("gcp", r.Type, e.sum("", jobsOf).scale(gibPerJob)))
}

// leastRunSeconds is the shortest time that Cloud Run bills a request for.
const leastRunSeconds = 0.1

// run prices requests to a Cloud Run service, while one of which its processors
// are paid for.
func (e *estimator) run(r Resource) {
	calls := e.calls(e.component(r))
	seconds := max(e.load.SecondsPerCall, leastRunSeconds)
	least, state := r.in("template", "scaling", "minInstanceCount").number(0)
	if state == unknown || least > 0 {
		e.unpriced(r, "instances that are kept while nobody calls have prices of their own, which the book lacks")
	}
	e.add(r, "run_requests_million", calls.scale(1e-6))
	for _, c := range r.in("template", "containers").list() {
		limits := c.at("resources", "limits")
		cpu, cpuOK := quantity(limits.at("cpu").text())
		memory, memoryOK := quantity(limits.at("memory").text())
		if !cpuOK || !memoryOK {
			e.unpriced(r, "its processors or its memory are not known")
			continue
		}
		e.add(r, "run_vcpu_second", calls.scale(seconds*cpu))
		e.add(r, "run_memory_gib_second", calls.scale(seconds*memory/(1<<30)))
	}
	const kibPerGiB = 1 << 20
	e.add(r, "log_ingestion_gib", calls.scale(kibPerCall/kibPerGiB))
}

// suffixes of Kubernetes' quantities.
var suffixes = []struct {
	name string
	of   float64
}{{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"m", 1e-3}}

// quantity reads such as "128Mi" and "500m", up to mostOf.
func quantity(s string) (float64, bool) {
	unit := 1.0
	for _, x := range suffixes {
		if rest, ok := strings.CutSuffix(s, x.name); ok {
			s, unit = rest, x.of
			break
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	return n * unit, err == nil && n >= 0 && n*unit <= mostOf
}
