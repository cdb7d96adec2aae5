// Command parity writes docs/parity.md: what each target can do, as the test suites
// that all drivers of a concept pass have found it, and the limits that drivers
// declare. It reads the output of `go test -json` of the drivers' packages:
//
//	go test -json $(go run ./components/parity --packages) | go run ./components/parity > docs/parity.md
package main

// suite is one that all drivers of a concept pass.
type suite struct {
	concept string
	// drivers are the packages by their columns. The same column may have several,
	// where a cloud has several services for a concept.
	drivers []driver
}

// driver is a package that runs the suite.
type driver struct {
	column, service, pkg string
	// depth is how many levels of names lead to the suite's cases: 1 for
	// TestConformance/case, 2 where it is run in several forms.
	depth int
	// tests start with this: "TestConformance" or "TestDriver".
	test string
}

// columns are the targets, in the order of the tables.
var columns = []string{"local", "aws", "gcp"}

const conformance = "TestConformance"

var suites = []suite{
	{"Queue, as declared", []driver{
		{"local", "JetStream", "components/queue/localqueue", 1, conformance},
		{"aws", "SQS", "components/queue/sqsqueue", 1, conformance},
		{"gcp", "Pub/Sub", "components/queue/pubsubqueue", 1, conformance},
	}},
	{"Queue, as worked on", []driver{
		{"local", "JetStream", "workloads/queue/nats", 1, "TestDriver"},
		{"aws", "SQS", "workloads/queue/sqs", 1, "TestDriver"},
		{"gcp", "Pub/Sub", "workloads/queue/pubsub", 1, "TestDriver"},
	}},
	{"Volume, as declared", []driver{
		{"local", "folder", "components/volume/localvolume", 1, conformance},
		{"aws", "EFS", "components/volume/efsvolume", 1, conformance},
		{"aws", "S3", "components/volume/s3volume", 1, conformance},
		{"gcp", "Filestore", "components/volume/filestorevolume", 1, conformance},
		{"gcp", "Cloud Storage", "components/volume/gcsvolume", 1, conformance},
	}},
	{"Volume, as worked on", []driver{
		{"local", "folder", "workloads/volume", 1, conformance},
		{"aws", "S3", "workloads/volume/s3", 1, conformance},
		{"gcp", "Cloud Storage", "workloads/volume/gcs", 1, conformance},
	}},
	{"Fleet", []driver{
		{"local", "processes", "components/fleet/localfleet", 1, conformance},
		{"aws", "Auto Scaling", "components/fleet/asgfleet", 1, conformance},
		{"gcp", "managed instance groups", "components/fleet/migfleet", 1, conformance},
	}},
	{"Machine group, as a worker sees it", []driver{
		{"aws", "Auto Scaling", "workloads/machinegroup/asg", 1, "TestDriver"},
		{"gcp", "managed instance groups", "workloads/machinegroup/mig", 2, "TestDriver"},
	}},
	{"Function", []driver{
		{"local", "agent", "components/function/localfunction", 1, conformance},
		{"aws", "Lambda", "components/function/lambdafunction", 2, conformance},
		{"gcp", "Cloud Run", "components/function/runfunction", 2, conformance},
	}},
	{"Function, as called", []driver{
		{"local", "agent", "workloads/invoke/agent", 1, conformance},
		{"aws", "Lambda", "workloads/invoke/lambda", 1, conformance},
		{"gcp", "Cloud Run", "workloads/invoke/run", 1, conformance},
	}},
	{"Network", []driver{
		{"aws", "VPC", "components/network/vpcnetwork", 2, conformance},
		{"gcp", "VPC network", "components/network/gcpnetwork", 2, conformance},
	}},
	{"Store of programs", []driver{
		{"aws", "S3", "components/artifact/s3store", 1, conformance},
		{"gcp", "Cloud Storage", "components/artifact/gcsstore", 1, conformance},
	}},
	{"Registry of images", []driver{
		{"aws", "ECR", "components/image/ecrregistry", 1, conformance},
		{"gcp", "Artifact Registry", "components/image/garregistry", 1, conformance},
	}},
	{"Watch", []driver{
		{"aws", "CloudWatch, SNS, Budgets", "components/watch/awswatch", 1, conformance},
		{"gcp", "Cloud Monitoring, Budgets", "components/watch/gcpwatch", 1, conformance},
	}},
}

// absent is why a target has no driver of a concept.
var absent = map[string]string{
	"Machine group, as a worker sees it": "workers of one machine are processes, which the agent ends when they are idle",
	"Network":                            "one machine has no network of its own to declare",
	"Store of programs":                  "programs are files of the machine",
	"Registry of images":                 "functions are processes, no images",
	"Watch":                              "`spotgrid status` shows it; nobody is told",
}
