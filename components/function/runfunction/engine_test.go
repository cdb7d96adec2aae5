package runfunction_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/cloudrunv2"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/cloudscheduler"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/function"
	"github.com/spotgrid/spotgrid/components/function/functiontest"
	"github.com/spotgrid/spotgrid/components/function/runfunction"
	"github.com/spotgrid/spotgrid/components/gcptest"
)

// common is there whoever calls the function.
const common = `
create pulumi:providers:gcp gcp
create spotgrid:function:Function quote
create spotgrid:function:Function$gcp:cloudrunv2/service:Service quote-service
create spotgrid:function:Function$gcp:serviceaccount/account:Account quote-account
`

// callers are a queue and two schedules.
const callers = `
create spotgrid:function:Function$gcp:cloudrunv2/serviceIamMember:ServiceIamMember quote-caller-calls
create spotgrid:function:Function$gcp:cloudscheduler/job:Job quote-schedule-1
create spotgrid:function:Function$gcp:cloudscheduler/job:Job quote-schedule-2
create spotgrid:function:Function$gcp:pubsub/subscription:Subscription quote-source
create spotgrid:function:Function$gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember quote-source-to-dead
create spotgrid:function:Function$gcp:serviceaccount/account:Account quote-caller
`

const public = `
create spotgrid:function:Function$gcp:cloudrunv2/serviceIamMember:ServiceIamMember quote-public
`

func TestTheRealProviderPreviewsTheFunction(t *testing.T) {
	everything := options()
	everything.SecondGeneration, everything.Internal, everything.Public = true, true, true
	everything.CallsPerInstance, everything.KMSKeyName = 80, pulumi.String(keyName)
	large := called(t)
	large.MemoryMiB, large.Environment = 32768, pulumi.StringMap{"RATE": pulumi.String("3")}
	for name, tc := range map[string]struct {
		options runfunction.Options
		args    function.Args
		want    string
	}{
		"of its own":             {options(), functiontest.Valid(t), common},
		"called by all there is": {everything, large, common + callers + public},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
				_, err := function.New(ctx, "quote", runfunction.New(tc.options), tc.args, opts...)
				return err
			})
			require.NoError(t, err)
			want := slices.Sorted(strings.FieldsFuncSeq(tc.want, func(r rune) bool { return r == '\n' }))
			assert.Equal(t, want, got)
		})
	}
}

func TestTheRealProviderRefusesWhatGoogleWould(t *testing.T) {
	for want, declare := range map[string]gcptest.Program{
		"EXECUTION_ENVIRONMENT_GEN3": func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
			_, err := cloudrunv2.NewService(ctx, "quote", &cloudrunv2.ServiceArgs{
				Location: pulumi.String(gcptest.Region),
				Template: cloudrunv2.ServiceTemplateArgs{ExecutionEnvironment: pulumi.String("EXECUTION_ENVIRONMENT_GEN3")},
			}, opts...)
			return err
		},
		"body": func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
			_, err := cloudscheduler.NewJob(ctx, "quote", &cloudscheduler.JobArgs{
				HttpTarget: cloudscheduler.JobHttpTargetArgs{Uri: pulumi.String(serviceURL), Body: pulumi.String("{not base64}")},
			}, opts...)
			return err
		},
	} {
		_, err := gcptest.Preview(t, declare)
		assert.ErrorContains(t, err, want)
	}
}
