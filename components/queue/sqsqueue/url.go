package sqsqueue

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// urlOf is what a workload opens. It is made of the queue's ARN and not of its
// https URL, because only the ARN names the region whatever host answers the
// calls (an emulator's URL starts with its own address).
func urlOf(arn pulumi.StringOutput) pulumi.StringOutput {
	return arn.ApplyT(workloadURL).(pulumi.StringOutput)
}

func workloadURL(arn string) (string, error) {
	part := strings.Split(arn, ":") // arn:PARTITION:sqs:REGION:ACCOUNT:NAME
	if len(part) != 6 || part[2] != "sqs" {
		return "", fmt.Errorf("reading queue's ARN %q: want arn:PARTITION:sqs:REGION:ACCOUNT:NAME", arn)
	}
	domain := "amazonaws.com"
	if part[1] == "aws-cn" {
		domain += ".cn"
	}
	return fmt.Sprintf("sqs://sqs.%s.%s/%s/%s", part[3], domain, part[4], part[5]), nil
}
