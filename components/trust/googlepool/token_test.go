package googlepool_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/auth/credentials"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2/google"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/trust/googlepool"
)

// clouds are the metadata of a machine of EC2, which wants sessions, and Google's
// token service, which looks at what it is shown but for the signature.
type clouds struct {
	url string

	mu     sync.Mutex
	tokens int
	shown  subjectToken
}

// subjectToken is the signed call that a machine shows.
type subjectToken struct {
	URL, Method string
	Headers     []struct{ Key, Value string }
}

func (s subjectToken) header(key string) string {
	for _, h := range s.Headers {
		if strings.EqualFold(h.Key, key) {
			return h.Value
		}
	}
	return ""
}

// startClouds starts both at one address and tells Google's libraries of them with
// the client configuration of a pool. The environment holds nothing of AWS.
func startClouds(t *testing.T) *clouds {
	t.Helper()
	c := &clouds{}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /latest/api/token", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-aws-ec2-metadata-token-ttl-seconds") == "" {
			http.Error(w, "no TTL", http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, "session")
	})
	for path, answer := range map[string]string{
		"placement/availability-zone": "eu-west-1b", "iam/security-credentials": "grid-spot-machine",
		"iam/security-credentials/grid-spot-machine": `{"Code":"Success","AccessKeyId":"ASIAMACHINE","SecretAccessKey":"secret","Token":"security-token"}`,
	} {
		mux.HandleFunc("GET /latest/meta-data/"+path, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-aws-ec2-metadata-token") != "session" {
				http.Error(w, "version 1 is off", http.StatusUnauthorized)
				return
			}
			fmt.Fprint(w, answer)
		})
	}
	mux.HandleFunc("POST /v1/token", c.exchange)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c.url = server.URL
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"} {
		t.Setenv(name, "")
	}
	t.Setenv("NO_PROXY", "127.0.0.1")
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", c.configuration(t))
	return c
}

// configuration writes that of a pool to a file, with these servers in the place of
// the clouds'.
func (c *clouds) configuration(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "google.json")
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		p, err := googlepool.New(ctx, "grid", args())
		require.NoError(t, err)
		text := await(t, ctx, p.ClientConfig)
		for _, of := range []string{"http://169.254.169.254", "https://sts.googleapis.com"} {
			require.Contains(t, text, of)
			text = strings.ReplaceAll(text, of, c.url)
		}
		return os.WriteFile(file, []byte(text), 0o600)
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(gcptest.Compute))))
	return file
}

func (c *clouds) exchange(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text, err := url.QueryUnescape(r.FormValue("subject_token"))
	if err == nil {
		err = json.Unmarshal([]byte(text), &c.shown)
	}
	const provider = "//iam.googleapis.com/" + poolName + "/providers/aws-roles"
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case r.FormValue("audience") != provider, c.shown.header("x-goog-cloud-target-resource") != provider:
		http.Error(w, `{"error":"invalid_target"}`, http.StatusBadRequest)
	case r.FormValue("grant_type") != "urn:ietf:params:oauth:grant-type:token-exchange",
		r.FormValue("subject_token_type") != "urn:ietf:params:aws:token-type:aws4_request",
		r.FormValue("scope") != scope:
		http.Error(w, `{"error":"invalid_request"}`, http.StatusBadRequest)
	default:
		c.tokens++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"federated-%d","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":3600}`, c.tokens)
	}
}

const scope = "https://www.googleapis.com/auth/cloud-platform"

// libraries are how this project's drivers get tokens.
var libraries = map[string]func(t *testing.T) (token func() (string, error)){
	"golang.org/x/oauth2, of the calls of Compute Engine and Cloud Monitoring": func(t *testing.T) func() (string, error) {
		found, err := google.FindDefaultCredentials(t.Context(), scope)
		require.NoError(t, err)
		return func() (string, error) {
			token, err := found.TokenSource.Token()
			if err != nil {
				return "", err
			}
			return token.AccessToken, nil
		}
	},
	"cloud.google.com/go/auth, of Google's clients of Pub/Sub and Storage": func(t *testing.T) func() (string, error) {
		found, err := credentials.DetectDefault(&credentials.DetectOptions{Scopes: []string{scope}})
		require.NoError(t, err)
		return func() (string, error) {
			token, err := found.Token(t.Context())
			if err != nil {
				return "", err
			}
			return token.Value, nil
		}
	},
}

func TestGooglesLibrariesGetATokenOnAMachineOfAWS(t *testing.T) {
	for name, library := range libraries {
		t.Run(name, func(t *testing.T) {
			c := startClouds(t)
			token := library(t)
			for range 3 {
				got, err := token()
				require.NoError(t, err)
				assert.Equal(t, "federated-1", got, "it is kept while it works")
			}
			assert.Equal(t, http.MethodPost, c.shown.Method)
			assert.Equal(t, "https://sts.eu-west-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15", c.shown.URL)
			assert.Equal(t, "sts.eu-west-1.amazonaws.com", c.shown.header("host"))
			assert.Equal(t, "security-token", c.shown.header("x-amz-security-token"))
			assert.Contains(t, c.shown.header("authorization"), "AWS4-HMAC-SHA256 Credential=ASIAMACHINE/")
			assert.Contains(t, c.shown.header("authorization"), "x-goog-cloud-target-resource", "the signature is for this pool alone")
			assert.NotContains(t, fmt.Sprint(c.shown), "secret")
		})
	}
}

// A Lambda function has no metadata service: its role is in its environment.
func TestGooglesLibrariesGetATokenInAFunctionOfAWS(t *testing.T) {
	for name, library := range libraries {
		t.Run(name, func(t *testing.T) {
			c := startClouds(t)
			t.Setenv("AWS_ACCESS_KEY_ID", "ASIAFUNCTION")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "key")
			t.Setenv("AWS_SESSION_TOKEN", "of the function")
			t.Setenv("AWS_REGION", "eu-north-1")
			got, err := library(t)()
			require.NoError(t, err)
			assert.Equal(t, "federated-1", got)
			assert.Equal(t, "sts.eu-north-1.amazonaws.com", c.shown.header("host"))
			assert.Contains(t, c.shown.header("authorization"), "Credential=ASIAFUNCTION/")
		})
	}
}

func TestWhatGoogleRefusesIsAnError(t *testing.T) {
	for name, library := range libraries {
		t.Run(name, func(t *testing.T) {
			c := startClouds(t)
			file := os.Getenv("GOOGLE_APPLICATION_CREDENTIALS")
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "aws-roles", "others")), 0o600))
			_, err = library(t)()
			assert.ErrorContains(t, err, "invalid_target")
			assert.Zero(t, c.tokens)
		})
	}
}
