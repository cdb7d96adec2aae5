package rules

import "testing"

func TestMachinesHaveNoPublicAddress(t *testing.T) {
	table(t, noPublicAddresses, []example{
		{name: "none", stack: some(awsTemplate, `{"networkInterfaces":[{"associatePublicIpAddress":"false"}]}`)},
		{name: "one", stack: some(awsTemplate, `{"networkInterfaces":[{},{"associatePublicIpAddress":"true"}]}`), want: []string{"networkInterfaces.1.associatePublicIpAddress"}},
		{name: "a machine's", stack: some(awsInstance, `{"associatePublicIpAddress":true}`), want: []string{"associatePublicIpAddress is true"}},
		{name: "a subnet's", stack: some("aws:ec2/subnet:Subnet", `{"mapPublicIpOnLaunch":true}`), want: []string{"mapPublicIpOnLaunch is true"}},
		{name: "none on Google Cloud", stack: some(gcpTemplate, `{"networkInterfaces":[{"subnetwork":"?","accessConfigs":[]}]}`)},
		{name: "one on Google Cloud", stack: some(gcpTemplate, `{"networkInterfaces":[{"accessConfigs":[{"networkTier":"PREMIUM"}]}]}`), want: []string{"networkInterfaces.0.accessConfigs"}},
		{name: "version 6 on Google Cloud", stack: some(gcpInstance, `{"networkInterfaces":[{"ipv6AccessConfigs":[{"networkTier":"PREMIUM"}]}]}`), want: []string{"ipv6AccessConfigs"}},
		{name: "unknown", stack: some(awsInstance, `{"associatePublicIpAddress":"?"}`), undecided: []string{"associatePublicIpAddress"}},
	})
}
