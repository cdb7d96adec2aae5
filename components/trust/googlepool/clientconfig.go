package googlepool

import (
	"encoding/json"
	"fmt"
	"regexp"
)

// poolPattern is of a pool's name as the service gives it, with the project's
// number.
var poolPattern = regexp.MustCompile(`^projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9-]+$`)

func checkPool(name string) (string, error) {
	if !poolPattern.MatchString(name) {
		return "", fmt.Errorf("the pool is named %q, want projects/NUMBER/locations/global/workloadIdentityPools/ID", name)
	}
	return name, nil
}

// metadata is where machines of EC2 find their own, in version 2 of the service,
// which wants a session first. The address is that of IPv4.
const metadata = "http://169.254.169.254/latest"

// credential is the configuration of Google's libraries for AWS. Source: AIP-4117
// and "Configure Workload Identity Federation with AWS" in the IAM documentation.
type credential struct {
	Type             string           `json:"type"`
	UniverseDomain   string           `json:"universe_domain"`
	Audience         string           `json:"audience"`
	SubjectTokenType string           `json:"subject_token_type"`
	TokenURL         string           `json:"token_url"`
	Source           credentialSource `json:"credential_source"`
}

// credentialSource is where a machine's own credentials are, when its environment
// holds none, as that of a Lambda function does.
type credentialSource struct {
	EnvironmentID   string `json:"environment_id"`
	RegionURL       string `json:"region_url"`
	CredentialsURL  string `json:"url"`
	SessionTokenURL string `json:"imdsv2_session_token_url"`
	VerificationURL string `json:"regional_cred_verification_url"`
}

// clientConfig is the configuration for one audience.
func clientConfig(audience string) (string, error) {
	b, err := json.Marshal(credential{
		Type: "external_account", UniverseDomain: "googleapis.com", Audience: audience,
		SubjectTokenType: "urn:ietf:params:aws:token-type:aws4_request",
		TokenURL:         "https://sts.googleapis.com/v1/token",
		Source: credentialSource{
			EnvironmentID:   "aws1",
			RegionURL:       metadata + "/meta-data/placement/availability-zone",
			CredentialsURL:  metadata + "/meta-data/iam/security-credentials",
			SessionTokenURL: metadata + "/api/token",
			VerificationURL: "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
		},
	})
	if err != nil {
		return "", fmt.Errorf("writing the client configuration: %w", err)
	}
	return string(b), nil
}
