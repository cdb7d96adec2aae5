package ociregistry_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/provider/ociregistry"
)

const googleRepository = "europe-west1-docker.pkg.dev/acme-grid/images-1a2b3c4d/images"

// tokens answers as the servers that give tokens do and counts the calls.
func tokens(t *testing.T, status int, body string, check func(r *http.Request)) (url string, calls *atomic.Int64) {
	t.Helper()
	calls = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		check(r)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, err := w.Write([]byte(body))
		assert.NoError(t, err)
	}))
	t.Cleanup(server.Close)
	return server.URL, calls
}

// forget keeps what this machine knows of Google Cloud away.
func forget(t *testing.T) {
	t.Helper()
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
	t.Setenv("HOME", t.TempDir())
}

// logInAs leaves a file as `gcloud auth application-default login` does, for a
// user whose tokens the server gives.
func logInAs(t *testing.T, url string) {
	t.Helper()
	forget(t)
	content, err := json.Marshal(map[string]string{
		"type": "authorized_user", "client_id": "a-client", "client_secret": "a-secret", "refresh_token": "a-refresh-token", "token_uri": url,
	})
	require.NoError(t, err)
	path := filepath.Join(os.Getenv("HOME"), ".config", "gcloud", "application_default_credentials.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, content, 0o600))
}

const goodToken = `{"access_token":"a-token","expires_in":3599,"token_type":"Bearer"}`

// pushes pushes an image to a registry that knows the token.
func pushes(t *testing.T) {
	t.Helper()
	r := open(t, googleRepository, remote.WithTransport(to{serve(t, asking("oauth2accesstoken", "a-token"))}))
	i, digest := image(t)
	pushed, err := r.Push(i, tag)
	require.NoError(t, err)
	assert.True(t, pushed)
	assert.True(t, has(t, r, digest))
	require.NoError(t, r.Delete(digest, tag))
	assert.False(t, has(t, r, digest))
}

// Not parallel, as the ones below: they change the environment.
func TestArtifactRegistryIsOpenedWithATokenOfTheUsers(t *testing.T) {
	url, calls := tokens(t, http.StatusOK, goodToken, func(r *http.Request) {
		assert.Equal(t, "refresh_token", r.PostFormValue("grant_type"))
		assert.Equal(t, "a-refresh-token", r.PostFormValue("refresh_token"))
	})
	logInAs(t, url)
	pushes(t)
	assert.Positive(t, calls.Load())
}

func TestArtifactRegistryIsOpenedWithATokenOfTheMachines(t *testing.T) {
	forget(t)
	url, calls := tokens(t, http.StatusOK, goodToken, func(r *http.Request) {
		assert.Equal(t, "Google", r.Header.Get("Metadata-Flavor"))
	})
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(url, "http://"))
	pushes(t)
	assert.Positive(t, calls.Load())
}

func TestWithoutCredentialsArtifactRegistryIsNotOpenedAndTheErrorSaysWhatToDo(t *testing.T) {
	expired, _ := tokens(t, http.StatusBadRequest, `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`, func(*http.Request) {})
	for name, lose := range map[string]func(){
		"a file that is not there": func() { t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json") },
		"a login that has expired": func() { logInAs(t, expired) },
	} {
		t.Run(name, func(t *testing.T) {
			forget(t)
			lose()
			r := open(t, googleRepository)
			i, digest := image(t)
			_, err := r.Push(i, tag)
			assert.ErrorIs(t, err, ociregistry.ErrNoGoogleCredentials)
			assert.NotErrorIs(t, err, ociregistry.ErrUnreachable)
			assert.ErrorContains(t, err, "gcloud auth application-default login")
			assert.ErrorContains(t, err, "logging in to Artifact Registry")
			assert.NotContains(t, err.Error(), "a-refresh-token")
			_, err = r.Has(digest)
			assert.ErrorIs(t, err, ociregistry.ErrNoGoogleCredentials, "the image is not taken for gone")
			assert.ErrorIs(t, r.Delete(digest, tag), ociregistry.ErrNoGoogleCredentials)
		})
	}
}

func TestAServerThatGivesNoTokenNowIsNoLackOfCredentials(t *testing.T) {
	down, _ := tokens(t, http.StatusServiceUnavailable, `{}`, func(*http.Request) {})
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, url := range []string{down, gone.URL} {
		logInAs(t, url)
		i, _ := image(t)
		_, err := open(t, googleRepository).Push(i, tag)
		assert.ErrorIs(t, err, ociregistry.ErrUnreachable, url)
		assert.NotErrorIs(t, err, ociregistry.ErrNoGoogleCredentials, url)
	}
}

func TestALoginThatNobodyWaitsForIsNoLackOfCredentials(t *testing.T) {
	url, _ := tokens(t, http.StatusOK, goodToken, func(*http.Request) {})
	logInAs(t, url)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := ociregistry.Open(ctx, googleRepository, soon)
	require.NoError(t, err)
	_, err = r.Has("sha256:" + strings.Repeat("0", 64))
	assert.ErrorIs(t, err, context.Canceled)
	assert.NotErrorIs(t, err, ociregistry.ErrNoGoogleCredentials)
}

func TestAnAccountThatMayNotPushToArtifactRegistryIsDenied(t *testing.T) {
	url, _ := tokens(t, http.StatusOK, goodToken, func(*http.Request) {})
	logInAs(t, url)
	host := serve(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost {
			http.Error(w, `{"errors":[{"code":"DENIED","message":"Permission \"artifactregistry.repositories.uploadArtifacts\" denied"}]}`, http.StatusForbidden)
			return
		}
		asking("oauth2accesstoken", "a-token")(w, r, next)
	})
	i, _ := image(t)
	_, err := open(t, googleRepository, remote.WithTransport(to{host})).Push(i, tag)
	assert.ErrorIs(t, err, ociregistry.ErrDenied)
	assert.ErrorContains(t, err, "uploadArtifacts")
}
