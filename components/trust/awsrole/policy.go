package awsrole

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/policydoc"
)

// issuer is Google, as IAM knows it.
const issuer = "accounts.google.com"

// subjectPattern is of a service account's unique ID (IAM API reference of Google
// Cloud, ServiceAccount.uniqueId), which has 21 digits as a rule.
var subjectPattern = regexp.MustCompile(`^[0-9]{10,30}$`)

// documents are who may assume the role, and what it may do.
func (a Args) documents() (trust, rights pulumi.StringOutput, err error) {
	subject := a.SubjectID
	if subject == nil {
		subject = pulumi.String("") // which check refuses
	}
	trust, trustErr := policydoc.Document(a.trust(subject))
	rights, rightsErr := policydoc.Document(a.Statements...)
	return trust, rights, errors.Join(trustErr, rightsErr)
}

// trust lets in whoever has a token that Google signed for this audience and this
// service account. The names mislead: with tokens of service accounts, which name
// an authorized party (azp), the key aud is that party and oaud is the token's
// audience. The party of a service account is itself. Source: IAM user guide,
// "Available keys for AWS OIDC federation".
func (a Args) trust(subject pulumi.StringInput) policydoc.Statement {
	id := subject.ToStringOutput().ApplyT(checkSubject).(pulumi.StringOutput)
	return policydoc.Statement{
		Sid: "BeOneServiceAccount", Reason: "machines and functions of the grid on Google Cloud work on AWS too, and have no key of it",
		Principal: map[string]pulumi.StringInput{"Federated": pulumi.String(issuer)},
		Actions:   []string{"sts:AssumeRoleWithWebIdentity"},
		Conditions: map[string]map[string]pulumi.StringInput{"StringEquals": {
			issuer + ":aud": id, issuer + ":sub": id, issuer + ":oaud": pulumi.String(a.Audience),
		}},
	}
}

func checkSubject(id string) (string, error) {
	if !subjectPattern.MatchString(id) {
		return "", fmt.Errorf("subject is %q, want the unique ID of a service account, which is digits", id)
	}
	return id, nil
}
