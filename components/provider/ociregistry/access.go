package ociregistry

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
)

// keychain finds credentials for a registry.
type keychain struct{}

var _ authn.ContextKeychain = keychain{}

// Resolve implements authn.Keychain.
func (k keychain) Resolve(r authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), r)
}

// ResolveContext implements authn.ContextKeychain.
func (keychain) ResolveContext(ctx context.Context, r authn.Resource) (authn.Authenticator, error) {
	if region, ok := regionOf(r.RegistryStr()); ok {
		return logIn(ctx, region)
	}
	if googleHost.MatchString(r.RegistryStr()) {
		return logInToGoogle(ctx)
	}
	return authn.Resolve(ctx, authn.DefaultKeychain, r)
}

// ecrHost are the hosts of private registries: that of an account in a region,
// also of GovCloud, China and FIPS (general reference, Amazon ECR endpoints).
var ecrHost = regexp.MustCompile(`^[0-9]{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$`)

func regionOf(host string) (string, bool) {
	m := ecrHost.FindStringSubmatch(host)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// logIn gets a password for the registries of a region. It is good for twelve
// hours (API reference, GetAuthorizationToken), for all that the credentials may
// do; nothing keeps it.
func logIn(ctx context.Context, region string) (authn.Authenticator, error) {
	cfg, err := awsclient.Config(ctx, region)
	if err != nil {
		return nil, err
	}
	out, err := ecr.NewFromConfig(cfg).GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	if err != nil {
		if awsclient.ClassOf(err) == awsclient.NoAccess && !errors.Is(err, ErrNoCredentials) {
			err = fmt.Errorf("%w: %w", ErrDenied, err)
		}
		return nil, fmt.Errorf("logging in to ECR in %s: %w", region, err)
	}
	if len(out.AuthorizationData) == 0 {
		return nil, fmt.Errorf("logging in to ECR in %s: the answer has no token", region)
	}
	token, err := base64.StdEncoding.DecodeString(aws.ToString(out.AuthorizationData[0].AuthorizationToken))
	user, password, ok := strings.Cut(string(token), ":")
	if err != nil || !ok {
		return nil, fmt.Errorf("logging in to ECR in %s: the token is not USER:PASSWORD", region)
	}
	return &authn.Basic{Username: user, Password: password}, nil
}

// tlsOnly sends nothing without TLS but to this machine itself. The registry's
// client falls back to it for addresses of private networks.
type tlsOnly struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t tlsOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if ip := net.ParseIP(r.URL.Hostname()); r.URL.Scheme != "https" && r.URL.Hostname() != "localhost" && !ip.IsLoopback() {
		return nil, ErrPlainText
	}
	return t.next.RoundTrip(r)
}
