package rules

import "testing"

func TestNoSpeedIsBoughtAhead(t *testing.T) {
	table(t, noProvisionedThroughput, []example{
		{name: "elastic", stack: some(awsFiles, `{"throughputMode":"elastic"}`)},
		{name: "provisioned", stack: some(awsFiles, `{"throughputMode":"provisioned"}`), want: []string{`throughputMode is "provisioned"`}},
		{name: "the default, which bursts", stack: some(awsFiles, `{}`), want: []string{"throughputMode is missing"}},
		{name: "zonal", stack: some(gcpFiles, `{"tier":"ZONAL"}`)},
		{name: "high scale", stack: some(gcpFiles, `{"tier":"HIGH_SCALE_SSD"}`), want: []string{"HIGH_SCALE_SSD"}},
		{name: "basic", stack: some(gcpFiles, `{"tier":"BASIC_SSD"}`), want: []string{"BASIC_SSD"}},
		{name: "its old name", stack: some(gcpFiles, `{"tier":"PREMIUM"}`), want: []string{"PREMIUM"}},
		{name: "what comes with a disk", stack: some(awsDisk, `{"iops":3000,"throughput":125}`)},
		{name: "more", stack: some(awsDisk, `{"iops":3001,"throughput":126}`), want: []string{"iops is 3001", "throughput is 126"}},
		{name: "more in a template", stack: some(awsTemplate, `{"blockDeviceMappings":[{"ebs":{"iops":4000}}]}`), want: []string{"blockDeviceMappings.0.ebs.iops is 4000"}},
		{name: "unknown", stack: some(awsFiles, `{"throughputMode":"?"}`), undecided: []string{"throughputMode"}},
	})
}
