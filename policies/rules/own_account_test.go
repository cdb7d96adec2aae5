package rules

import "testing"

func TestMachinesHaveAnAccountOfTheirOwn(t *testing.T) {
	const wide = "https://www.googleapis.com/auth/cloud-platform"
	table(t, ownAccount, []example{
		{name: "own", stack: some(gcpTemplate, `{"serviceAccount":{"email":"a@p.iam.gserviceaccount.com","scopes":["`+wide+`"]}}`)},
		{name: "none", stack: some(gcpTemplate, `{}`)},
		{name: "unknown", stack: some(gcpTemplate, `{"serviceAccount":{"email":"?","scopes":["cloud-platform"]}}`)},
		{name: "App Engine's", stack: some(gcpInstance, `{"serviceAccount":{"email":"p@appspot.gserviceaccount.com","scopes":["storage-ro"]}}`), want: []string{"serviceAccount.email"}},
		{name: "the default", stack: some(gcpInstance, `{"serviceAccount":{"email":"1-compute@developer.gserviceaccount.com","scopes":["storage-ro"]}}`), want: []string{"serviceAccount.email"}},
		{name: "the default with all", stack: some(gcpTemplate, `{"serviceAccount":{"scopes":["storage-ro","`+wide+`"]}}`), want: []string{"serviceAccount.email is missing", "serviceAccount.scopes.1"}},
		{name: "the default with all in short", stack: some(gcpTemplate, `{"serviceAccount":{"scopes":["cloud-platform"]}}`), want: []string{"serviceAccount.email is missing", "serviceAccount.scopes.0"}},
		{name: "a service", stack: some(gcpService, `{"template":{"serviceAccount":"a@p.iam.gserviceaccount.com"}}`)},
		{name: "a service without", stack: some(gcpService, `{"template":{"timeout":"10s"}}`), want: []string{"template.serviceAccount is missing"}},
		{name: "a function without", stack: some("gcp:cloudfunctionsv2/function:Function", `{"serviceConfig":{"timeoutSeconds":10}}`), want: []string{"serviceConfig.serviceAccountEmail is missing"}},
	})
}
