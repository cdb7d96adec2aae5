package rules

import "testing"

func TestNothingIsOpenToEverybody(t *testing.T) {
	const permission = "aws:lambda/permission:Permission"
	table(t, noPublicPrincipals, []example{
		{name: "a service", stack: some(permission, `{"principal":"sns.amazonaws.com"}`)},
		{name: "everybody", stack: some(permission, `{"principal":"*"}`), want: []string{`principal is "*"`}},
		{name: "a URL with identity", stack: some(awsFunctionURL, `{"authorizationType":"AWS_IAM"}`)},
		{name: "a URL without", stack: some(awsFunctionURL, `{"authorizationType":"NONE"}`), want: []string{`authorizationType is "NONE"`}},
		{name: "a URL that says nothing", stack: some(awsFunctionURL, `{}`), want: []string{"authorizationType is missing"}},
		{name: "a public repository", stack: some("aws:ecrpublic/repository:Repository", `{}`), want: []string{"an image repository for everybody"}},
		{name: "an account", stack: some("gcp:cloudrunv2/serviceIamMember:ServiceIamMember", `{"member":"serviceAccount:a@b"}`)},
		{name: "all users", stack: some("gcp:cloudrunv2/serviceIamMember:ServiceIamMember", `{"member":"allUsers"}`), want: []string{`member is "allUsers"`}},
		{name: "all with an account", stack: some("gcp:storage/bucketIAMBinding:BucketIAMBinding", `{"members":["user:a@b","allAuthenticatedUsers"]}`), want: []string{"members is"}},
		{name: "unknown", stack: some("gcp:storage/bucketIAMMember:BucketIAMMember", `{"member":"?"}`), undecided: []string{"member is not known yet"}},
		{name: "a service that asks nobody", stack: some(gcpService, `{"invokerIamDisabled":true}`), want: []string{"invokerIamDisabled is true"}},
		{name: "a service that asks", stack: some(gcpService, `{}`)},
		{name: "members of AWS", stack: some("aws:iam/groupMembershipIAM:X", `{"member":"allUsers"}`)},
	})
}
