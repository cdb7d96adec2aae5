package awsclient_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// account is the service account that the machine of these tests has.
const account = "108000002380243782158"

// machine is a metadata server that makes the identity tokens of a machine of
// Google Cloud, but for the signature.
type machine struct {
	mu     sync.Mutex
	tokens int
	refuse int // the status of every answer; 0: none
}

// startMachine has this process take itself for a machine of Google Cloud.
func startMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(server.URL, "http://"))
	return m
}

func (m *machine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != 0 {
		http.Error(w, "refused", m.refuse)
		return
	}
	m.tokens++
	claims, _ := json.Marshal(map[string]any{
		"iss": "https://accounts.google.com", "aud": r.URL.Query().Get("audience"), "azp": account, "sub": account, "jti": m.tokens,
	})
	fmt.Fprintf(w, "e30.%s.c2ln", base64.RawURLEncoding.EncodeToString(claims))
}

// stsServer answers AssumeRoleWithWebIdentity as its API reference says, for a
// role whose trust policy wants one audience and one subject.
type stsServer struct {
	audience string
	// lasts is how long its credentials work.
	lasts time.Duration

	mu       sync.Mutex
	requests []map[string]string
	tokens   []string // their jti
}

// startSTS sends this process's calls for STS to the server.
func startSTS(t *testing.T, audience string, lasts time.Duration) *stsServer {
	t.Helper()
	s := &stsServer{audience: audience, lasts: lasts}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
	return s
}

func (s *stsServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	request := map[string]string{"Authorization": r.Header.Get("Authorization"), "Action": r.FormValue("Action"), "RoleArn": r.FormValue("RoleArn"),
		"RoleSessionName": r.FormValue("RoleSessionName"), "DurationSeconds": r.FormValue("DurationSeconds")}
	s.requests = append(s.requests, request)
	var claims struct {
		Aud, Azp, Sub string
		Jti           int
	}
	parts := strings.Split(r.FormValue("WebIdentityToken"), ".")
	if body, err := base64.RawURLEncoding.DecodeString(parts[min(1, len(parts)-1)]); err != nil || json.Unmarshal(body, &claims) != nil {
		fail(w, "InvalidIdentityToken", "Couldn't parse the token")
		return
	}
	if claims.Aud != s.audience || claims.Sub != account || claims.Azp != account {
		fail(w, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
		return
	}
	s.tokens = append(s.tokens, fmt.Sprint(claims.Jti))
	fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
		<Credentials><AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>session</SessionToken><Expiration>%s</Expiration></Credentials>
		<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/grid/x</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>
		</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`, len(s.requests), time.Now().Add(s.lasts).UTC().Format(time.RFC3339))
}

func fail(w http.ResponseWriter, code, message string) {
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code, message)
}

// asked returns the requests so far, and checks that none was signed: the token is
// all that there is to show.
func (s *stsServer) asked(t *testing.T) []map[string]string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		assert.Empty(t, r["Authorization"])
	}
	return s.requests
}
