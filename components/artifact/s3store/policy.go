package s3store

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/artifact"
	"github.com/spotgrid/spotgrid/components/policydoc"
)

// refusePlainText is the policy of a bucket that only TLS reaches. It allows
// nobody anything: that is for the roles' own policies.
func refusePlainText(arn pulumi.StringOutput) (pulumi.StringOutput, error) {
	return policydoc.Document(policydoc.Statement{
		Sid: "RefusePlainText", Reason: "who changes a program on the wire runs what he likes on every machine",
		Deny: true, Principal: map[string]pulumi.StringInput{"AWS": pulumi.String("*")},
		// Everything that carries a program or tells of one. S3 wants each
		// action to fit a resource of the statement: lists go by the bucket,
		// the others by its objects.
		Actions: []string{
			"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion",
			"s3:AbortMultipartUpload", "s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads",
		},
		Resources:  []pulumi.StringInput{arn, pulumi.Sprintf("%s/*", arn)},
		Conditions: map[string]map[string]pulumi.StringInput{"Bool": {"aws:SecureTransport": pulumi.String("false")}},
	})
}

// GrantRead is what a machine's role needs to fetch a program.
func (d *Driver) GrantRead(o *artifact.Object) []policydoc.Statement {
	statements := []policydoc.Statement{{
		Sid: "FetchProgram", Reason: "a machine fetches its program when it boots, the last one too while the next takes its place",
		Actions: []string{"s3:GetObject"}, Resources: []pulumi.StringInput{o.ID},
	}}
	if d.options.KMSKeyARN == nil {
		return statements
	}
	return append(statements, policydoc.Statement{
		Sid: "DecryptProgram", Reason: "S3 decrypts with the key in the name of who reads, and only S3 may here",
		Actions: []string{"kms:Decrypt"}, Resources: []pulumi.StringInput{d.options.KMSKeyARN},
		Conditions: map[string]map[string]pulumi.StringInput{
			"StringEquals": {"kms:ViaService": pulumi.String("s3." + d.options.Region + ".amazonaws.com")},
		},
	})
}
