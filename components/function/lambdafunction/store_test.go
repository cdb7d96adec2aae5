package lambdafunction_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
)

// shelf keeps artifacts in a bucket that is there already, and declares
// nothing.
type shelf struct{}

func (shelf) Target() string { return "shelf" }
func (shelf) Check() error   { return nil }

func (shelf) Build(*pulumi.Context, string, pulumi.ResourceOption) (*artifact.Binding, error) {
	return &artifact.Binding{ID: pulumi.String("arn:aws:s3:::shelf").ToStringOutput()}, nil
}

func (shelf) Put(_ *pulumi.Context, _ *artifact.Binding, item artifact.Item, _ pulumi.ResourceOption) (*artifact.Object, error) {
	key := item.Name + "/" + item.Program.SHA256
	return &artifact.Object{
		Place: pulumi.String("shelf").ToStringOutput(), Key: pulumi.String(key).ToStringOutput(),
		ID: pulumi.String("arn:aws:s3:::shelf/" + key).ToStringOutput(), SHA256: item.Program.SHA256,
	}, nil
}

// store is one that was declared before: a program under test adds nothing to
// it.
func store(t *testing.T) (s *artifact.Store) {
	t.Helper()
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) (err error) {
		s, err = artifact.New(ctx, "store", shelf{})
		return err
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(awstest.Compute))))
	return s
}

// camera takes images of programs, which it keeps nowhere.
type camera struct{ taken *[]string }

func (c camera) Push(_ *pulumi.Context, name string, p artifact.Program, _ pulumi.ResourceOption) (pulumi.StringOutput, error) {
	*c.taken = append(*c.taken, name)
	return pulumi.String(repository + "@sha256:" + p.SHA256).ToStringOutput(), nil
}
