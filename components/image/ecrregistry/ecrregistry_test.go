package ecrregistry_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/function/lambdafunction"
	"github.com/spotgrid/spotgrid/components/image"
	"github.com/spotgrid/spotgrid/components/image/ecrregistry"
	"github.com/spotgrid/spotgrid/components/image/imagetest"
)

const (
	keyARN        = "arn:aws:kms:eu-west-1:123456789012:key/1234"
	repositoryARN = "arn:aws:ecr:eu-west-1:123456789012:repository/images-images-1a2b3c4"
)

var tags = map[string]string{"project": "spotgrid", "stack": "test"}

// A registry's images can be those of functions.
var _ lambdafunction.Images = image.URIs{}

func driver(p pulumi.ProviderResource) image.Driver {
	return ecrregistry.New(ecrregistry.Options{Provider: p, Tags: tags})
}

func TestConformance(t *testing.T) { imagetest.Run(t, driver, awstest.Compute) }

// run declares one registry with the options and checks its tree, twice.
func run(t *testing.T, o ecrregistry.Options, a image.Args, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	componenttest.Run(t, awstest.Compute, func(ctx *pulumi.Context) (err error) {
		if o.Provider, err = imagetest.Provider(ctx); err != nil {
			return err
		}
		_, err = image.New(ctx, "images", ecrregistry.New(o), a)
		return err
	}, check)
}

func TestTheRepositoryScansAndItsTagsStay(t *testing.T) {
	run(t, ecrregistry.Options{Tags: tags}, imagetest.Args, func(t *testing.T, tree *componenttest.Tree) {
		awstest.Tagged(t, tree, tags)
		r := tree.One(t, "aws:ecr/repository:Repository", "images-images").Inputs
		assert.Equal(t, "IMMUTABLE", r["imageTagMutability"].StringValue())
		assert.Equal(t, map[string]any{"scanOnPush": true}, r["imageScanningConfiguration"].Mappable())
		assert.Equal(t, []any{map[string]any{"encryptionType": "AES256"}}, r["encryptionConfigurations"].Mappable())
		assert.False(t, r["forceDelete"].BoolValue())
	})
}

func TestAKeyOfTheUsersOwnAndARegistryThatComesAndGoes(t *testing.T) {
	run(t, ecrregistry.Options{KMSKeyARN: pulumi.String(keyARN), ForceDelete: true}, imagetest.Args, func(t *testing.T, tree *componenttest.Tree) {
		r := tree.One(t, "aws:ecr/repository:Repository", "images-images").Inputs
		assert.Equal(t, []any{map[string]any{"encryptionType": "KMS", "kmsKey": keyARN}}, r["encryptionConfigurations"].Mappable())
		assert.True(t, r["forceDelete"].BoolValue())
	})
}

func TestOnlyTheLastImagesStay(t *testing.T) {
	a := imagetest.Args
	a.Keep = 25
	run(t, ecrregistry.Options{}, a, func(t *testing.T, tree *componenttest.Tree) {
		expiry := tree.One(t, "aws:ecr/lifecyclePolicy:LifecyclePolicy", "images-expiry").Inputs
		assert.JSONEq(t, `{"rules": [
			{"rulePriority": 1, "description": "images without a tag", "action": {"type": "expire"},
			 "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}},
			{"rulePriority": 2, "description": "all but the last images", "action": {"type": "expire"},
			 "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 25}}]}`, expiry["policy"].StringValue())
	})
}

func TestFunctionsOfTheAccountAndRegionPull(t *testing.T) {
	run(t, ecrregistry.Options{}, imagetest.Args, func(t *testing.T, tree *componenttest.Tree) {
		policy := tree.One(t, "aws:ecr/repositoryPolicy:RepositoryPolicy", "images-policy").Inputs["policy"]
		if !policy.IsString() { // a preview: the ARN is not known yet
			return
		}
		assert.JSONEq(t, `{"Version": "2012-10-17", "Statement": [{
			"Sid": "LambdaPulls", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
			"Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
			"Condition": {"StringLike": {"aws:SourceArn": "arn:aws:lambda:eu-west-1:123456789012:function:*"}}}]}`, policy.StringValue())
	})
}

func TestGrantPull(t *testing.T) {
	t.Parallel()
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		assert.Equal(t, []awstest.Statement{{
			Sid: "PullImages", Effect: "Allow", Resource: []string{repositoryARN},
			Action: []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
		}}, awstest.Granted(t, ctx, ecrregistry.New(ecrregistry.Options{}).GrantPull(pulumi.String(repositoryARN))))
		return nil
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(awstest.Compute))))
}

func TestADriverWithoutAProviderIsRefused(t *testing.T) {
	t.Parallel()
	err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
		_, err := image.New(ctx, "images", ecrregistry.New(ecrregistry.Options{}), image.Args{Platform: "linux/arm64", Keep: 1})
		return err
	})
	assert.ErrorContains(t, err, "no provider is given")
	assert.ErrorContains(t, err, "keep is 1, want 10..1000", "all faults come together")
}
