package ecrregistry

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/image"
	"github.com/spotgrid/spotgrid/components/naming"
)

// Build implements image.Driver.
func (d *Driver) Build(ctx *pulumi.Context, name string, a image.Args, parent pulumi.ResourceOption) (*image.Binding, error) {
	r, err := ecr.NewRepository(ctx, naming.Child(name, "images"), d.repository(), parent)
	if err != nil {
		return nil, fmt.Errorf("registering repository: %w", err)
	}
	rules, err := expire(a.Keep)
	if err != nil {
		return nil, fmt.Errorf("writing lifecycle policy: %w", err)
	}
	expiry, err := ecr.NewLifecyclePolicy(ctx, naming.Child(name, "expiry"), &ecr.LifecyclePolicyArgs{
		Repository: r.Name, Policy: pulumi.String(rules),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("registering lifecycle policy: %w", err)
	}
	document, err := allowLambda(r.Arn)
	if err != nil {
		return nil, err
	}
	policy, err := ecr.NewRepositoryPolicy(ctx, naming.Child(name, "policy"), &ecr.RepositoryPolicyArgs{
		Repository: r.Name, Policy: document,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("registering repository's policy: %w", err)
	}
	return &image.Binding{Repository: r.RepositoryUrl, ID: r.Arn, Guards: []pulumi.Resource{expiry, policy}}, nil
}

// repository has tags that nobody moves: what was tested is what runs.
func (d *Driver) repository() *ecr.RepositoryArgs {
	encryption := ecr.RepositoryEncryptionConfigurationArgs{EncryptionType: pulumi.String("AES256")}
	if d.options.KMSKeyARN != nil {
		encryption = ecr.RepositoryEncryptionConfigurationArgs{
			EncryptionType: pulumi.String("KMS"), KmsKey: d.options.KMSKeyARN.ToStringOutput(),
		}
	}
	return &ecr.RepositoryArgs{
		ImageTagMutability:         pulumi.String("IMMUTABLE"),
		ImageScanningConfiguration: ecr.RepositoryImageScanningConfigurationArgs{ScanOnPush: pulumi.Bool(true)},
		EncryptionConfigurations:   ecr.RepositoryEncryptionConfigurationArray{encryption},
		ForceDelete:                pulumi.Bool(d.options.ForceDelete),
		Tags:                       pulumi.ToStringMap(d.options.Tags),
	}
}

// expire deletes untagged images and all but the last ones. The rule for any
// image has to come last (ECR user guide, lifecycle policy properties).
func expire(keep int) (string, error) {
	type selection struct {
		TagStatus   string `json:"tagStatus"`
		CountType   string `json:"countType"`
		CountUnit   string `json:"countUnit,omitempty"`
		CountNumber int    `json:"countNumber"`
	}
	type rule struct {
		Priority    int               `json:"rulePriority"`
		Description string            `json:"description"`
		Selection   selection         `json:"selection"`
		Action      map[string]string `json:"action"`
	}
	remove := map[string]string{"type": "expire"}
	document, err := json.Marshal(map[string][]rule{"rules": {
		{1, "images without a tag", selection{"untagged", "sinceImagePushed", "days", untaggedDays}, remove},
		{2, "all but the last images", selection{"any", "imageCountMoreThan", "", keep}, remove},
	}})
	return string(document), err
}
