package gcpclient_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/gcpclient"
)

const path = "/computeMetadata/v1/instance/service-accounts/default/identity"

// serve is a metadata server whose answer for the identity is given. Not for
// parallel tests: it is found by the environment.
func serve(t *testing.T, answer http.HandlerFunc) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+path, answer)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(s.URL, "http://"))
}

func TestTheTokenIsForTheAudience(t *testing.T) {
	var query, flavor string
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		query, flavor = r.URL.RawQuery, r.Header.Get("Metadata-Flavor")
		fmt.Fprintln(w, "e30.e30.c2ln")
	})
	token, err := gcpclient.IdentityToken(t.Context(), "spotgrid/grid/multi&x")
	require.NoError(t, err)
	assert.Equal(t, "e30.e30.c2ln", string(token))
	assert.Equal(t, "audience=spotgrid%2Fgrid%2Fmulti%26x&format=full", query)
	assert.Equal(t, "Google", flavor)
}

func TestErrorsSayWhatTheMachineLacks(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"no service account": {http.NotFound, gcpclient.ErrNoIdentity},
		"a service account that may not": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "service account disabled", http.StatusForbidden)
		}, gcpclient.ErrNoIdentity},
		"a page of something else": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<html>log in to the hotel</html>")
		}, gcpclient.ErrNoMetadata},
		"an empty answer": {func(http.ResponseWriter, *http.Request) {}, gcpclient.ErrNoMetadata},
	} {
		t.Run(name, func(t *testing.T) {
			serve(t, c.answer)
			token, err := gcpclient.IdentityToken(t.Context(), "grid")
			assert.ErrorIs(t, err, c.want)
			assert.Empty(t, token)
			assert.NotContains(t, fmt.Sprint(err), "hotel", "an answer of somebody else is not repeated")
		})
	}
}

func TestWithoutAMetadataServerItSaysSo(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(s.URL, "http://"))
	s.Close()
	_, err := gcpclient.IdentityToken(t.Context(), "grid")
	assert.ErrorIs(t, err, gcpclient.ErrNoMetadata)
	assert.ErrorContains(t, err, "connection refused")
}

func TestACallerThatGoesIsNotKeptWaiting(t *testing.T) {
	asked := make(chan struct{})
	serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	_, err := gcpclient.IdentityToken(ctx, "grid")
	assert.ErrorIs(t, err, context.Canceled)
}
