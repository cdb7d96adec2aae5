package rest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

// scope of the tokens. What they allow is up to the roles of the account: a scope
// can only take away from that. Source: "Service accounts" in the documentation of
// Compute Engine, "Access scopes".
const scope = "https://www.googleapis.com/auth/cloud-platform"

// applicationDefault finds application default credentials when they are first
// needed, and looks again after it found none.
type applicationDefault struct {
	mu     sync.Mutex
	tokens oauth2.TokenSource
}

// Token is one that is good for a while yet.
func (a *applicationDefault) Token() (*oauth2.Token, error) {
	tokens, err := a.source()
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNoCredentials, err)
	}
	t, err := tokens.Token()
	if network := (*net.OpError)(nil); errors.As(err, &network) {
		return nil, fmt.Errorf("asking for a token: %w", err) // there are credentials
	}
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNoCredentials, err)
	}
	return t, nil
}

func (a *applicationDefault) source() (oauth2.TokenSource, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tokens != nil {
		return a.tokens, nil
	}
	// The context is kept for all later refreshes, so it is nobody's call.
	found, err := google.FindDefaultCredentials(context.Background(), scope)
	if err != nil {
		return nil, err
	}
	a.tokens = found.TokenSource
	return a.tokens, nil
}

// tokenWithin asks for a token and does not wait beyond ctx, which token sources
// know nothing of.
func tokenWithin(ctx context.Context, tokens oauth2.TokenSource) (*oauth2.Token, error) {
	type answer struct {
		token *oauth2.Token
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		t, err := tokens.Token()
		answered <- answer{t, err}
	}()
	select {
	case a := <-answered:
		return a.token, a.err
	case <-ctx.Done():
		return nil, fmt.Errorf("asking for a token: %w", ctx.Err())
	}
}
