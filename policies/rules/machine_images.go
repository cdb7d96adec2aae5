package rules

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// versioned ends the name of a parameter whose value can never be another one.
var versioned = regexp.MustCompile(`:\d+$`)

// machineImages: a family is whatever its maker published last.
var machineImages = policy.Rule{
	Name: "machine-images-fixed", Area: policy.Security, Level: policy.Advisory, Severity: policy.Low,
	Doc: "Images of machines are named, not found by a family or an alias for the newest: two machines of a fleet must not differ. " +
		"What that costs is patches that come only with a deployment, so that it is advice.",
	Types: []string{awsTemplate, awsInstance, gcpTemplate, gcpInstance},
	Each: func(c *policy.Check) {
		if image, ok := c.Text("imageId", ""); ok && strings.HasPrefix(image, "resolve:ssm:") && !versioned.MatchString(image) {
			c.Violation("imageId", "an image's ID, or a parameter with its version", "look the image up when the stack is deployed")
		}
		disks, _ := c.Items("disks")
		for i := range disks {
			path := "disks." + strconv.Itoa(i) + ".sourceImage"
			if image, ok := c.Text(path, ""); ok && strings.Contains(image, "/family/") {
				c.Violation(path, "an image's name", "look the image up when the stack is deployed")
			}
		}
	},
}
