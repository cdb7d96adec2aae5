package rules

import "testing"

func TestMachineImagesAreNamed(t *testing.T) {
	table(t, machineImages, []example{
		{name: "an ID", stack: some(awsTemplate, `{"imageId":"ami-0123456789abcdef0"}`)},
		{name: "the newest", stack: some(awsTemplate, `{"imageId":"resolve:ssm:/aws/service/x"}`), want: []string{"imageId is"}},
		{name: "a version of a parameter", stack: some(awsTemplate, `{"imageId":"resolve:ssm:/aws/service/x:12"}`)},
		{name: "a family", stack: some(gcpTemplate, `{"disks":[{"sourceImage":"projects/debian-cloud/global/images/family/debian-13"}]}`), want: []string{"disks.0.sourceImage"}},
		{name: "an image", stack: some(gcpTemplate, `{"disks":[{"sourceImage":"projects/debian-cloud/global/images/debian-13-v20261110"}]}`)},
		{name: "unknown", stack: some(awsInstance, `{"imageId":"?"}`), undecided: []string{"imageId"}},
	})
}
