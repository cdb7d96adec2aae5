package rules

import (
	"regexp"
	"strconv"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// digest ends the name of an image that can never be another one.
var digest = regexp.MustCompile(`@sha256:[0-9a-f]{64}$`)

// imagesByDigest: a tag is whatever somebody pushed last.
var imagesByDigest = policy.Rule{
	Name: "images-by-digest", Area: policy.Security, Level: policy.Mandatory, Severity: policy.High,
	Doc:   "Container images are named by their digest, so that what was tested is what runs.",
	Types: []string{gcpService, awsFunction, "gcp:cloudrunv2/job:Job"},
	Each: func(c *policy.Check) {
		want := func(path string) {
			if image, ok := c.Text(path, ""); ok && image != "" && !digest.MatchString(image) {
				c.Violation(path, "a name that ends in @sha256: and a digest", "take the digest that the push gave")
			}
		}
		if c.Resource.Type == awsFunction {
			want("imageUri")
			return
		}
		path := "template.containers"
		if c.Resource.Type != gcpService {
			path = "template.template.containers"
		}
		items, _ := c.Items(path)
		for i := range items {
			want(path + "." + strconv.Itoa(i) + ".image")
		}
	},
}
