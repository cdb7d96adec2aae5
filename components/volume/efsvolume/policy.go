package efsvolume

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/efs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/policydoc"
)

// mount is what a worker does with the volume: read and write, never as root.
var mount = []string{"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"}

// GrantMount is what a machine's role needs to mount the volume.
func (r *Resources) GrantMount() policydoc.Statement {
	return policydoc.Statement{
		Sid: "MountVolume", Reason: "a worker reads its inputs from the volume and commits its results to it, through the access point alone",
		Actions: mount, Resources: []pulumi.StringInput{r.FileSystem.Arn},
		Conditions: map[string]map[string]pulumi.StringInput{
			"StringEquals": {"elasticfilesystem:AccessPointArn": r.AccessPoint.Arn},
		},
	}
}

func (p *plan) buildPolicy() error {
	if p.options.WithoutPolicy {
		return nil
	}
	document, err := p.built.policy()
	if err != nil {
		return err
	}
	policy, err := efs.NewFileSystemPolicy(p.ctx, p.child("policy"), &efs.FileSystemPolicyArgs{
		FileSystemId: p.built.FileSystem.ID(), Policy: document,
	}, p.parent)
	p.policed = []pulumi.Resource{policy}
	return err
}

// policy takes the place of EFS's own, which lets every client in that reaches
// a mount target.
func (r *Resources) policy() (pulumi.StringOutput, error) {
	account := r.FileSystem.Arn.ApplyT(accountRoot).(pulumi.StringOutput)
	files := []pulumi.StringInput{r.FileSystem.Arn}
	return policydoc.Document(policydoc.Statement{
		Sid: "MountThroughTheAccessPoint", Reason: "roles of this account mount and write, and nobody without a role; no root access",
		Principal: map[string]pulumi.StringInput{"AWS": account}, Actions: mount, Resources: files,
		Conditions: map[string]map[string]pulumi.StringInput{
			"Bool":         {"elasticfilesystem:AccessedViaMountTarget": pulumi.String("true")},
			"StringEquals": {"elasticfilesystem:AccessPointArn": r.AccessPoint.Arn},
		},
	}, policydoc.Statement{
		Sid: "RefusePlainText", Reason: "files never cross the wire readable",
		Deny: true, Principal: map[string]pulumi.StringInput{"AWS": pulumi.String("*")},
		Actions: append([]string{"elasticfilesystem:ClientRootAccess"}, mount...), Resources: files,
		// Without the second condition the refusal meets calls that no mount
		// makes, and mounts by IAM fail (terraform-aws-efs, issue 21).
		Conditions: map[string]map[string]pulumi.StringInput{"Bool": {
			"aws:SecureTransport":                      pulumi.String("false"),
			"elasticfilesystem:AccessedViaMountTarget": pulumi.String("true"),
		}},
	})
}

// accountRoot is the principal that stands for the account an ARN is of.
func accountRoot(arn string) (string, error) {
	part := strings.SplitN(arn, ":", 6) // arn:PARTITION:SERVICE:REGION:ACCOUNT:...
	if len(part) != 6 || part[4] == "" {
		return "", fmt.Errorf("reading ARN %q: want arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE", arn)
	}
	return "arn:" + part[1] + ":iam::" + part[4] + ":root", nil
}
