package lambdafunction_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/function/functiontest"
	"github.com/spotgrid/spotgrid/components/function/lambdafunction"
)

// common is there whoever calls the function and whatever it is deployed as.
const common = `
create pulumi:providers:aws aws
create spotgrid:function:Function quote
create spotgrid:function:Function$aws:cloudwatch/logGroup:LogGroup quote-logs
create spotgrid:function:Function$aws:iam/role:Role quote-role
create spotgrid:function:Function$aws:iam/rolePolicy:RolePolicy quote-role-policy
create spotgrid:function:Function$aws:lambda/function:Function quote-function
create spotgrid:function:Function$aws:lambda/functionUrl:FunctionUrl quote-url
`

// callers are a queue and two schedules.
const callers = `
create spotgrid:function:Function$aws:iam/role:Role quote-clock
create spotgrid:function:Function$aws:iam/rolePolicy:RolePolicy quote-clock-policy
create spotgrid:function:Function$aws:lambda/eventSourceMapping:EventSourceMapping quote-source
create spotgrid:function:Function$aws:scheduler/schedule:Schedule quote-schedule-1
create spotgrid:function:Function$aws:scheduler/schedule:Schedule quote-schedule-2
`

func TestTheRealProviderPreviewsTheFunction(t *testing.T) {
	everything := options(t)
	everything.Tracing, everything.KMSKeyARN, everything.Architecture = true, pulumi.String(keyARN), "amd64"
	image := options(t)
	image.Images = camera{new([]string)}
	large := called(t)
	large.Source.BatchSize = 100
	for name, tc := range map[string]struct {
		options lambdafunction.Options
		args    function.Args
		want    string
	}{
		"of its own":                   {options(t), functiontest.Valid(t), common},
		"called, traced and encrypted": {everything, large, common + callers},
		"as an image":                  {image, functiontest.Valid(t), common},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
				_, err := function.New(ctx, "quote", lambdafunction.New(tc.options), tc.args, opts...)
				return err
			})
			require.NoError(t, err)
			want := slices.Sorted(strings.FieldsFuncSeq(tc.want, func(r rune) bool { return r == '\n' }))
			assert.Equal(t, want, got)
		})
	}
}

func TestTheRealProviderRefusesAConcurrencyOfASourceThatLambdaWould(t *testing.T) {
	_, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := lambda.NewEventSourceMapping(ctx, "source", &lambda.EventSourceMappingArgs{
			FunctionName: pulumi.String("quote"), EventSourceArn: pulumi.String(queueARN),
			ScalingConfig: lambda.EventSourceMappingScalingConfigArgs{MaximumConcurrency: pulumi.Int(1)},
		}, opts...)
		return err
	})
	assert.ErrorContains(t, err, "maximum_concurrency to be at least (2)")
}
