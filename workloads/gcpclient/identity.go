// Package gcpclient is what a machine of Google Cloud says of itself to others
// than Google: who it is, signed by Google.
package gcpclient

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"cloud.google.com/go/compute/metadata"
)

// answerTimeout is how long the metadata server may take, with the tries of the
// library for a server that is about to start.
const answerTimeout = 10 * time.Second

// Errors of IdentityToken.
var (
	// ErrNoIdentity means that the machine has no identity to give: no service
	// account, or none that it may use.
	ErrNoIdentity = errors.New("this machine has no Google identity: give it a service account")
	// ErrNoMetadata means that no metadata server answers.
	ErrNoMetadata = errors.New("the metadata server of Google Cloud does not answer: is this a machine or a function of it?")
)

// identityPath is where the metadata server signs identities. Source: "Verify VM
// identity" in the documentation of Compute Engine. Cloud Run has the same path.
const identityPath = "instance/service-accounts/default/identity"

// tokenPattern is of a signed JSON web token: three parts in base64url.
var tokenPattern = regexp.MustCompile(`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`)

// IdentityToken asks the metadata server for a token that says to the audience
// which service account this machine has. Whoever takes it checks Google's
// signature and that it was made for them; it is good for an hour. The environment
// variable GCE_METADATA_HOST, a host and a port, sends the question elsewhere, as
// it does for Google's libraries.
//
// It fails with ErrNoIdentity, with ErrNoMetadata, or with ctx's error.
func IdentityToken(ctx context.Context, audience string) ([]byte, error) {
	bound, cancel := context.WithTimeoutCause(ctx, answerTimeout, ErrNoMetadata)
	defer cancel()
	query := url.Values{"audience": {audience}, "format": {"full"}}
	token, err := metadata.NewClient(nil).GetWithContext(bound, identityPath+"?"+query.Encode())
	if err != nil {
		return nil, explained(ctx, err)
	}
	token = strings.TrimSpace(token)
	if !tokenPattern.MatchString(token) {
		return nil, fmt.Errorf("%w (what answers there gave no token)", ErrNoMetadata)
	}
	return []byte(token), nil
}

// explained says which of the documented errors it is.
func explained(ctx context.Context, err error) error {
	var undefined metadata.NotDefinedError
	var refused *metadata.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &undefined):
		return ErrNoIdentity
	case errors.As(err, &refused) && refused.Code < 500:
		return fmt.Errorf("%w (%w)", ErrNoIdentity, err)
	}
	return fmt.Errorf("%w (%w)", ErrNoMetadata, err)
}
