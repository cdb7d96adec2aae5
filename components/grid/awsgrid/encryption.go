package awsgrid

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/policydoc"
	"github.com/spotgrid/spotgrid/components/watch/awswatch"
)

// keyWindowDays is how long a deleted key can still be called back: the most
// that KMS takes (API reference, ScheduleKeyDeletion), since what it encrypted
// is lost with it.
const keyWindowDays = 30

// buildKey makes the one key of the stack, which everything that can is
// encrypted with, and returns its ARN. Without one, services use keys of their
// own, at no cost. The first that needs it is the network, which also tells the
// account.
func (p *plan) buildKey(account pulumi.StringOutput) (pulumi.StringInput, error) {
	p.account = account
	if p.options.Encryption != EncryptionKey {
		return nil, nil
	}
	policy, err := policydoc.Document(p.keyStatements()...)
	if err != nil {
		return nil, err
	}
	key, err := kms.NewKey(p.ctx, p.child("key"), &kms.KeyArgs{
		Description: pulumi.String("Jobs, files, programs and logs of the grid"), Policy: policy, EnableKeyRotation: pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(keyWindowDays), Tags: p.tags("key"),
	}, p.parent, pulumi.Protect(p.options.ProtectKey))
	if err != nil {
		return nil, err
	}
	p.key = key.Arn
	return p.key, nil
}

var (
	// administer is what account administrators, and roles by their own
	// policies, may do with the key: everything that concerns one key, by name.
	administer = []string{
		"kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:ListKeyPolicies", "kms:ListResourceTags",
		"kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription", "kms:EnableKey", "kms:DisableKey",
		"kms:EnableKeyRotation", "kms:DisableKeyRotation", "kms:GetKeyRotationStatus", "kms:ScheduleKeyDeletion",
		"kms:CancelKeyDeletion", "kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant", "kms:Encrypt", "kms:Decrypt",
		"kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext",
	}
	use = []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"}
)

// keyStatements are the key's policy. Its resource is always the key itself,
// for which a key policy has no name but *.
func (p *plan) keyStatements() []policydoc.Statement {
	self := []pulumi.StringInput{pulumi.String("*")}
	account := p.account
	return append([]policydoc.Statement{{
		Sid: "AdministerByIAM", Reason: "the account's own policies decide who uses and keeps the key; without this nobody could",
		Principal: map[string]pulumi.StringInput{"AWS": pulumi.Sprintf("arn:aws:iam::%s:root", account)},
		Actions:   administer, Resources: self,
		Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": {"kms:CallerAccount": account}},
	}, {
		Sid: "EncryptLogs", Reason: "CloudWatch Logs encrypts the grid's log groups in its own name (user guide, encrypt log data)",
		Principal: map[string]pulumi.StringInput{"Service": pulumi.String("logs." + p.options.Region + ".amazonaws.com")},
		Actions:   use, Resources: self,
		Conditions: map[string]map[string]pulumi.StringInput{"ArnLike": {
			"kms:EncryptionContext:aws:logs:arn": pulumi.Sprintf("arn:aws:logs:%s:%s:log-group:*", p.options.Region, account),
		}},
	}, {
		// The role that launches machines is Auto Scaling's own, which exists
		// only once it was used and so cannot be named here.
		Sid: "EncryptDisks", Reason: "Auto Scaling launches machines whose disks are encrypted with the key, through EC2 and in this account only",
		Principal: map[string]pulumi.StringInput{"AWS": pulumi.String("*")},
		Actions:   append([]string{"kms:GenerateDataKeyWithoutPlaintext", "kms:CreateGrant"}, use...), Resources: self,
		Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": {
			"kms:CallerAccount": account, "kms:ViaService": pulumi.String("ec2." + p.options.Region + ".amazonaws.com"),
		}},
	}}, p.tellStatements()...)
}

// tellStatements let the services that tell the watch's topic encrypt what they
// tell (SNS developer guide, compatibility with encrypted topics).
func (p *plan) tellStatements() (list []policydoc.Statement) {
	for _, service := range awswatch.Services {
		name, _, _ := strings.Cut(service, ".")
		list = append(list, policydoc.Statement{
			Sid: "EncryptNoticesOf" + strings.ToUpper(name[:1]) + name[1:], Reason: "the service tells a topic that is encrypted with the key, in its own name",
			Principal: map[string]pulumi.StringInput{"Service": pulumi.String(service)},
			Actions:   []string{"kms:GenerateDataKey", "kms:Decrypt"}, Resources: []pulumi.StringInput{pulumi.String("*")},
			Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": {"aws:SourceAccount": p.account}},
		})
	}
	return list
}
