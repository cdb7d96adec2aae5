package rules

import (
	"slices"
	"strconv"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// currentDisks: gp3 costs a fifth less than gp2 and its speed does not hang on its
// size (Amazon EBS user guide, general purpose SSD volumes).
var currentDisks = policy.Rule{
	Name: "current-disks", Area: policy.Cost, Level: policy.Mandatory, Severity: policy.Low,
	Doc:     "Disks on AWS are gp3 or a kind that was agreed: gp2, io1 and magnetic ones cost more for less.",
	Types:   []string{awsTemplate, awsLaunchConfig, awsInstance, awsDisk},
	Options: []policy.Option{{Name: "allowed", Default: []any{"gp3", "st1", "sc1"}, Doc: "kinds of disks that are allowed"}},
	Each: func(c *policy.Check) {
		for _, d := range disks(c) {
			// What EC2 makes of no type is gp2 (EC2 API reference, EbsBlockDevice).
			if kind, ok := c.Text(d.at("Type"), "gp2"); ok && !slices.Contains(c.OptionTexts("allowed"), kind) {
				c.Violation(d.at("Type"), "one of "+list(c.OptionTexts("allowed")), "set gp3")
			}
		}
	},
}

// disk is where a resource describes one: all its properties start with a path.
type disk struct{ path, prefix string }

// at is the path of a property, whose name begins with a capital.
func (d disk) at(property string) string {
	if d.prefix == "" {
		return d.path + string(property[0]|0x20) + property[1:]
	}
	return d.path + d.prefix + property
}

// disks lists the disks that a resource describes.
func disks(c *policy.Check) (all []disk) {
	if c.Resource.Type == awsDisk {
		return []disk{{"", ""}}
	}
	places := map[string]string{"ebsBlockDevices": "", "blockDeviceMappings": "ebs."}
	for _, path := range []string{"ebsBlockDevices", "blockDeviceMappings"} {
		items, _ := c.Items(path)
		for i := range items {
			if at := path + "." + strconv.Itoa(i) + "." + places[path]; path == "ebsBlockDevices" || !c.Value(at[:len(at)-1]).Empty() {
				all = append(all, disk{at, "volume"})
			}
		}
	}
	if !c.Value("rootBlockDevice").Empty() {
		all = append(all, disk{"rootBlockDevice.", "volume"})
	}
	return all
}
