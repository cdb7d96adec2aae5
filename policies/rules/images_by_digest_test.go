package rules

import (
	"strings"
	"testing"
)

func TestImagesAreNamedByDigest(t *testing.T) {
	fixed := "a/b@sha256:" + strings.Repeat("0f", 32)
	table(t, imagesByDigest, []example{
		{name: "a digest", stack: some(gcpService, replace(`{"template":{"containers":[{"image":"%"}]}}`, fixed))},
		{name: "a tag", stack: some(gcpService, replace(`{"template":{"containers":[{"image":"%"},{"image":"a/b:latest"}]}}`, fixed)), want: []string{`template.containers.1.image is "a/b:latest"`}},
		{name: "a job", stack: some("gcp:cloudrunv2/job:Job", `{"template":{"template":{"containers":[{"image":"a/b"}]}}}`), want: []string{"template.template.containers.0.image"}},
		{name: "a function of a zip", stack: some(awsFunction, `{"s3Key":"a"}`)},
		{name: "a function of an image", stack: some(awsFunction, `{"imageUri":"a/b:1"}`), want: []string{"imageUri"}},
		{name: "a function of a digest", stack: some(awsFunction, replace(`{"imageUri":"%"}`, fixed))},
		{name: "unknown", stack: some(awsFunction, `{"imageUri":"?"}`), undecided: []string{"imageUri"}},
	})
}
