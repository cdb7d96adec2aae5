package ociregistry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"

	"github.com/google/go-containerregistry/pkg/authn"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

const (
	// googleScope of a token. What it allows is up to the roles of the account: a
	// scope can only take away from that.
	googleScope = "https://www.googleapis.com/auth/cloud-platform"
	// googleUser is who an access token is the password of (Artifact Registry,
	// set up authentication for Docker, access token).
	googleUser = "oauth2accesstoken"
)

// googleHost are the hosts of Artifact Registry's Docker repositories, of a
// region or a multi-region (Artifact Registry, repository and image names).
var googleHost = regexp.MustCompile(`^[a-z]+(-[a-z]+[0-9]+)?-docker\.pkg\.dev$`)

// logInToGoogle gets an access token by the application default credentials. It
// is good for an hour at most, for all that the credentials may do; nothing
// keeps it.
func logInToGoogle(ctx context.Context) (authn.Authenticator, error) {
	token, err := googleToken(ctx)
	if err != nil {
		return nil, fmt.Errorf("logging in to Artifact Registry: %w", explainGoogle(ctx, err))
	}
	return &authn.Basic{Username: googleUser, Password: token.AccessToken}, nil
}

func googleToken(ctx context.Context) (*oauth2.Token, error) {
	found, err := google.FindDefaultCredentials(ctx, googleScope)
	if err != nil {
		return nil, err
	}
	return found.TokenSource.Token()
}

// explainGoogle tells credentials that there are none of, or that no longer
// work, from a server that does not answer.
func explainGoogle(ctx context.Context, err error) error {
	var network net.Error
	var refused *oauth2.RetrieveError
	switch {
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), err)
	case errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode >= http.StatusInternalServerError,
		errors.As(err, &network):
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return fmt.Errorf("%w (%w)", ErrNoGoogleCredentials, err)
}
