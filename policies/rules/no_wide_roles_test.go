package rules

import "testing"

func TestNobodyMayDoEverything(t *testing.T) {
	const attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	table(t, noWideRoles, []example{
		{name: "a narrow role", stack: some(gcpProjectMember, `{"role":"roles/logging.logWriter"}`)},
		{name: "an editor", stack: some(gcpProjectMember, `{"role":"roles/editor"}`), want: []string{`role is "roles/editor"`}},
		{name: "unknown", stack: some(gcpProjectMember, `{"role":"?"}`), undecided: []string{"role"}},
		{name: "an owner of a folder", stack: some("gcp:folder/iamMember:IamMember", `{"role":"roles/owner"}`), want: []string{"roles/owner"}},
		{name: "an administrator", stack: some(attachment, `{"policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`), want: []string{"policyArn"}},
		{name: "full access", stack: some(attachment, `{"policyArn":"arn:aws:iam::aws:policy/AmazonSQSFullAccess"}`), want: []string{"policyArn"}},
		{name: "a narrow policy", stack: some(attachment, `{"policyArn":"arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"}`)},
		{name: "a role with an administrator's", stack: some(awsRole, `{"managedPolicyArns":["arn:aws:iam::aws:policy/X","arn:aws:iam::aws:policy/PowerUserAccess"]}`), want: []string{"managedPolicyArns.1"}},
		{name: "a role of nothing", stack: some("gcp:storage/bucket:Bucket", `{"role":"roles/owner"}`)},
	})
}
