package ociregistry_test

import (
	"encoding/base64"
	"fmt"
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

// asking lets in who knows the password.
func asking(user, password string) between {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if u, p, ok := r.BasicAuth(); !ok || u != user || p != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="images"`)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	}
}

// Not parallel: it changes the environment.
func TestDockersConfigurationOpensOtherRegistries(t *testing.T) {
	host := serve(t, asking("me", "secret"))
	i, digest := image(t)
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	r := open(t, host+"/images")
	_, err := r.Push(i, tag)
	assert.ErrorIs(t, err, ociregistry.ErrDenied)
	assert.ErrorContains(t, err, host)
	assert.ErrorIs(t, r.Delete(digest, tag), ociregistry.ErrDenied, "what may not be deleted is not taken for deleted")

	config := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, host, base64.StdEncoding.EncodeToString([]byte("me:secret")))
	require.NoError(t, os.WriteFile(filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"), []byte(config), 0o600))
	pushed, err := r.Push(i, tag)
	require.NoError(t, err)
	assert.True(t, pushed)
	assert.True(t, has(t, r, digest))
}

// to sends what is meant for ECR to a host of the test's.
type to struct{ host string }

func (d to) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r.Clone(r.Context())
	sent.URL.Scheme, sent.URL.Host = "http", d.host
	answer, err := http.DefaultTransport.RoundTrip(sent)
	if err == nil {
		answer.Request = r // what the client goes on from
	}
	return answer, err
}

const ecrRepository = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/images"

// isolate keeps what this machine knows of AWS away from the SDK.
func isolate(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_ENDPOINT_URL": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "",
	} {
		t.Setenv(name, value)
	}
}

// ecr answers GetAuthorizationToken.
func ecr(t *testing.T, status int, body string) (calls *atomic.Int64) {
	t.Helper()
	calls = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		assert.True(t, strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".GetAuthorizationToken"), r.Header.Get("X-Amz-Target"))
		assert.Contains(t, r.Header.Get("Authorization"), "/eu-west-1/ecr/", "signed for the registry's region")
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		_, err := w.Write([]byte(body))
		assert.NoError(t, err)
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_ECR", server.URL)
	return calls
}

// Not parallel, as the ones below: they change the environment.
func TestECRIsOpenedWithATokenOfItsOwn(t *testing.T) {
	isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "testing")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "testing")
	token := base64.StdEncoding.EncodeToString([]byte("AWS:pass:word"))
	calls := ecr(t, http.StatusOK, `{"authorizationData":[{"authorizationToken":"`+token+`"}]}`)
	r := open(t, ecrRepository, remote.WithTransport(to{serve(t, asking("AWS", "pass:word"))}))
	i, digest := image(t)
	pushed, err := r.Push(i, tag)
	require.NoError(t, err)
	assert.True(t, pushed)
	assert.True(t, has(t, r, digest))
	assert.Positive(t, calls.Load())
}

func TestWithoutCredentialsECRIsNotOpenedAndTheErrorSaysWhatToDo(t *testing.T) {
	isolate(t)
	i, digest := image(t)
	r := open(t, ecrRepository)
	_, err := r.Push(i, tag)
	assert.ErrorIs(t, err, ociregistry.ErrNoCredentials)
	assert.ErrorContains(t, err, "set AWS_PROFILE")
	assert.ErrorContains(t, err, "logging in to ECR in eu-west-1")
	_, err = r.Has(digest)
	assert.ErrorIs(t, err, ociregistry.ErrNoCredentials, "the image is not taken for gone")
}

func TestCredentialsThatMayNotLogInToECRAreDenied(t *testing.T) {
	isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "testing")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "testing")
	ecr(t, http.StatusBadRequest, `{"__type":"AccessDeniedException","message":"not you"}`)
	i, _ := image(t)
	_, err := open(t, ecrRepository).Push(i, tag)
	assert.ErrorIs(t, err, ociregistry.ErrDenied)
	assert.ErrorContains(t, err, "not you")
}

func TestATokenThatIsNoneIsAnError(t *testing.T) {
	isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "testing")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "testing")
	i, _ := image(t)
	for body, want := range map[string]string{
		`{"authorizationData":[]}`:                                "the answer has no token",
		`{"authorizationData":[{"authorizationToken":"secret"}]}`: "the token is not USER:PASSWORD",
	} {
		ecr(t, http.StatusOK, body)
		_, err := open(t, ecrRepository).Push(i, tag)
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "secret")
	}
}
