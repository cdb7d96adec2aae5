package rules

import "github.com/spotgrid/spotgrid/policies/policy"

// keyTypes are resources that are a key for ever, and what takes their place.
var keyTypes = map[string]string{
	"aws:iam/accessKey:AccessKey":                                 "let who calls take a role",
	"aws:iam/user:User":                                           "let people come by single sign-on and programs take a role",
	"gcp:serviceaccount/key:Key":                                  "let who calls be the service account, or federate its identity",
	"gcp:storage/hmacKey:HmacKey":                                 "let who calls be the service account",
	"gcp:projects/apiKey:ApiKey":                                  "let who calls be a service account",
	"aws:ec2/keyPair:KeyPair":                                     "open a session by SSM",
	"aws:iam/userLoginProfile:UserLoginProfile":                   "let people come by single sign-on",
	"aws:iam/serviceSpecificCredential:ServiceSpecificCredential": "let who calls take a role",
}

// noStaticKeys: a key that never ends is found one day, in a log or a backup.
var noStaticKeys = policy.Rule{
	Name: "no-static-keys", Area: policy.Security, Level: policy.Mandatory, Severity: policy.Critical,
	Doc:   "No stack makes keys that stay: access keys, keys of service accounts, key pairs, users. Machines and functions have an identity, others federate theirs.",
	Types: append(sortedKeys(keyTypes), awsTemplate, awsInstance, awsLaunchConfig),
	Each: func(c *policy.Check) {
		if instead, is := keyTypes[c.Resource.Type]; is {
			c.Say("it is a key that stays, want none: %s", instead)
			return
		}
		if v := c.Value("keyName"); v.Kind() != policy.Unknown && !v.Empty() {
			c.Violation("keyName", "none", "open a session by SSM")
		}
	},
}
