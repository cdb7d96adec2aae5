package rules

import "testing"

func TestDisksAreOfACurrentKind(t *testing.T) {
	table(t, currentDisks, []example{
		{name: "gp3", stack: some(awsTemplate, `{"blockDeviceMappings":[{"ebs":{"volumeType":"gp3"}}]}`)},
		{name: "gp2", stack: some(awsTemplate, `{"blockDeviceMappings":[{"deviceName":"/dev/xvda"},{"ebs":{"volumeType":"gp2"}}]}`), want: []string{`blockDeviceMappings.1.ebs.volumeType is "gp2", want one of gp3, st1, sc1`}},
		{name: "the default", stack: some(awsTemplate, `{"blockDeviceMappings":[{"ebs":{"volumeSize":16}}]}`), want: []string{"volumeType is missing"}},
		{name: "none described", stack: some(awsTemplate, `{}`)},
		{name: "a root disk", stack: some(awsInstance, `{"rootBlockDevice":{"volumeType":"io1"},"ebsBlockDevices":[{"volumeType":"standard"}]}`), want: []string{"ebsBlockDevices.0.volumeType", "rootBlockDevice.volumeType"}},
		{name: "a disk", stack: some(awsDisk, `{"type":"gp2"}`), want: []string{`type is "gp2"`}},
		{name: "a current disk", stack: some(awsDisk, `{"type":"gp3"}`)},
		{name: "agreed", options: options{"allowed": []any{"io2"}}, stack: some(awsDisk, `{"type":"io2"}`)},
		{name: "unknown", stack: some(awsDisk, `{"type":"?"}`), undecided: []string{"type is not known yet"}},
	})
}
