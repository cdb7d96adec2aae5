package rules

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// wideScopes let a machine do all that its account may.
var wideScopes = []string{"cloud-platform", "https://www.googleapis.com/auth/cloud-platform"}

// defaultAccount is that of Compute Engine or App Engine, which are editors of the
// project.
var defaultAccount = regexp.MustCompile(`(?:-compute@developer|@appspot)\.gserviceaccount\.com$`)

// ownAccount: machines and functions without an account of their own are editors
// of the whole project.
var ownAccount = policy.Rule{
	Name: "own-account", Area: policy.Security, Level: policy.Mandatory, Severity: policy.High,
	Doc: "Machines and functions on Google Cloud have a service account of their own, whose roles decide: " +
		"the scope cloud-platform goes with such an account only.",
	Types: []string{gcpTemplate, gcpInstance, gcpService, "gcp:cloudfunctionsv2/function:Function"},
	Each: func(c *policy.Check) {
		path := map[string]string{
			gcpTemplate: "serviceAccount.email", gcpInstance: "serviceAccount.email", gcpService: "template.serviceAccount",
			"gcp:cloudfunctionsv2/function:Function": "serviceConfig.serviceAccountEmail",
		}[c.Resource.Type]
		machine := path == "serviceAccount.email"
		if machine && c.Value("serviceAccount").Empty() {
			return // no account, no rights
		}
		v := c.Value(path)
		if email := text(v); v.Empty() || defaultAccount.MatchString(email) {
			c.Violation(path, "an account of its own", "make a service account with the roles that it needs")
			if !machine {
				return
			}
			scopes, _ := c.Items("serviceAccount.scopes")
			for i, s := range scopes {
				if slices.Contains(wideScopes, text(s)) {
					c.Violation("serviceAccount.scopes."+strconv.Itoa(i), "no cloud-platform with the default account", "make a service account, or list the scopes")
				}
			}
		}
	},
}
