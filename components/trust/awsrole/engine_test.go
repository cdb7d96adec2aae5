package awsrole_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/trust/awsrole"
)

func TestTheRealProviderPreviewsTheRole(t *testing.T) {
	t.Parallel()
	got, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := awsrole.New(ctx, "worker", args(), opts...)
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"create pulumi:providers:aws aws",
		"create spotgrid:trust:AWSRole worker",
		"create spotgrid:trust:AWSRole$aws:iam/role:Role worker-role",
		"create spotgrid:trust:AWSRole$aws:iam/rolePolicy:RolePolicy worker-rights",
	}, got)
}

func TestTheRealProviderSeesTheSubjectRefused(t *testing.T) {
	t.Parallel()
	_, err := awstest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		a := args()
		a.SubjectID = pulumi.String("worker@acme-grid.iam.gserviceaccount.com")
		_, err := awsrole.New(ctx, "worker", a, opts...)
		return err
	})
	assert.ErrorContains(t, err, "want the unique ID of a service account")
}
