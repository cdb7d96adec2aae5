package ecrregistry

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/policydoc"
)

// pull is what it takes to fetch an image.
var pull = []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}

// allowLambda lets functions of the account and region pull: Lambda fetches
// images in its own name, and without this would write a policy of its own into
// the repository (developer guide, create a function using a container image,
// ECR permissions). Roles of the account need no policy here, but their own.
func allowLambda(repository pulumi.StringOutput) (pulumi.StringOutput, error) {
	functions := repository.ApplyT(functionsOf).(pulumi.StringOutput)
	return policydoc.Document(policydoc.Statement{
		Sid: "LambdaPulls", Reason: "Lambda fetches a function's image in its own name, for functions of this account and region only",
		Principal: map[string]pulumi.StringInput{"Service": pulumi.String("lambda.amazonaws.com")}, Actions: pull,
		Conditions: map[string]map[string]pulumi.StringInput{"StringLike": {"aws:SourceArn": functions}},
	})
}

// GrantPull is what a machine's or task's role needs to pull an image of the
// registry.
func (*Driver) GrantPull(repository pulumi.StringInput) []policydoc.Statement {
	return []policydoc.Statement{{
		Sid: "PullImages", Reason: "who runs an image fetches it and its layers",
		Actions: append([]string{"ecr:BatchCheckLayerAvailability"}, pull...), Resources: []pulumi.StringInput{repository},
	}}
}

// functionsOf are all functions in a repository's account and region.
func functionsOf(repository string) (string, error) {
	part := strings.SplitN(repository, ":", 6) // arn:PARTITION:ecr:REGION:ACCOUNT:repository/NAME
	if len(part) != 6 || part[2] != "ecr" || part[3] == "" || part[4] == "" {
		return "", fmt.Errorf("reading repository's ARN %q: want arn:PARTITION:ecr:REGION:ACCOUNT:repository/NAME", repository)
	}
	return fmt.Sprintf("arn:%s:lambda:%s:%s:function:*", part[1], part[3], part[4]), nil
}
