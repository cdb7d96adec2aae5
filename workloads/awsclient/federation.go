package awsclient

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/spotgrid/spotgrid/workloads/gcpclient"
)

// Environment variables of a machine of Google Cloud that works on AWS. Without
// the first two the SDK's default chain gives the credentials. None is a secret.
const (
	// RoleVariable is the ARN of the role that the machine assumes.
	RoleVariable = "SPOTGRID_AWS_ROLE_ARN"
	// AudienceVariable is whom its identity tokens are for, as the role's trust
	// policy names it.
	AudienceVariable = "SPOTGRID_AWS_AUDIENCE"
	// RegionVariable is the region of calls that name none.
	RegionVariable = "SPOTGRID_AWS_REGION"
)

const (
	// sessionLength is how long assumed credentials work: what roles allow unless
	// they say otherwise. Source: AssumeRoleWithWebIdentity in the STS API reference.
	sessionLength = time.Hour
	// renewBefore is how long before their end they are replaced. It is longer than
	// any call takes, with its tries.
	renewBefore = 5 * time.Minute
	// maxSessionName is the longest name of a session, in bytes. Source: the same.
	maxSessionName = 64
)

// Patterns of the settings. Sources: roleArn of AssumeRoleWithWebIdentity in the STS
// API reference; the audience is as components/trust/awsrole takes it; "Regions"
// in the AWS general reference.
var (
	rolePattern     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$`)
	audiencePattern = regexp.MustCompile(`^[A-Za-z0-9._:/-]{1,255}$`)
	regionPattern   = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	notInSession    = regexp.MustCompile(`[^A-Za-z0-9_+=,.@-]`)
)

// Federation says how a machine of Google Cloud becomes a role of AWS.
type Federation struct {
	RoleARN, Audience string
}

// FederationOf reads RoleVariable and AudienceVariable. It reports false if
// neither is set. The error names every fault.
func FederationOf(lookup func(string) (string, bool)) (f Federation, ok bool, err error) {
	f.RoleARN, _ = lookup(RoleVariable)
	f.Audience, _ = lookup(AudienceVariable)
	if f == (Federation{}) {
		return f, false, nil
	}
	var errs []error
	if !rolePattern.MatchString(f.RoleARN) {
		errs = append(errs, fmt.Errorf("%s is %q, want the ARN of a role, such as arn:aws:iam::123456789012:role/grid", RoleVariable, f.RoleARN))
	}
	if !audiencePattern.MatchString(f.Audience) {
		errs = append(errs, fmt.Errorf("%s is %q, want 1..255 letters, digits and . _ : / - as in the role's trust policy", AudienceVariable, f.Audience))
	}
	if err := errors.Join(errs...); err != nil {
		return f, true, fmt.Errorf("a machine of Google Cloud needs a role and an audience to work on AWS: %w", err)
	}
	return f, true, nil
}

// regionOf is the region given, or that of the environment, or "" for that of
// the SDK's own settings.
func regionOf(region string, lookup func(string) (string, bool)) (string, error) {
	set, _ := lookup(RegionVariable)
	switch {
	case region != "":
		return region, nil
	case set != "" && !regionPattern.MatchString(set):
		return "", fmt.Errorf("%s is %q, want one such as eu-central-1", RegionVariable, set)
	}
	return set, nil
}

// assumed gives the credentials of the role to whoever shows a Google identity.
type assumed struct {
	Federation
	sts     *sts.Client
	session string
}

// credentials are kept until shortly before their end, and calls at the same time
// ask for new ones once. STS is that of the configuration's region.
func (f Federation) credentials(cfg aws.Config, session string) aws.CredentialsProvider {
	cfg.Credentials = aws.AnonymousCredentials{} // the token is what is shown
	p := assumed{Federation: f, sts: sts.NewFromConfig(cfg), session: session}
	return aws.NewCredentialsCache(p, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = renewBefore })
}

// retriever gets a token within a call's context.
type retriever func() ([]byte, error)

func (r retriever) GetIdentityToken() ([]byte, error) { return r() }

// Retrieve asks for a new token and for new credentials.
func (a assumed) Retrieve(ctx context.Context) (aws.Credentials, error) {
	token := retriever(func() ([]byte, error) { return gcpclient.IdentityToken(ctx, a.Audience) })
	p := stscreds.NewWebIdentityRoleProvider(a.sts, a.RoleARN, token, func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName, o.Duration = a.session, sessionLength
	})
	c, err := p.Retrieve(ctx)
	if err != nil {
		return c, fmt.Errorf("assuming %s with this machine's Google identity for the audience %q: %w", a.RoleARN, a.Audience, err)
	}
	return c, nil
}

// sessionName is what CloudTrail calls the machine.
func sessionName(host string, err error) string {
	name := "spotgrid"
	if err == nil && host != "" {
		name += "-" + notInSession.ReplaceAllString(host, "-")
	}
	return name[:min(len(name), maxSessionName)]
}
