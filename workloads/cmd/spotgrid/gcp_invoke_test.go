package main_test

import (
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// identities is a metadata server that says who this machine is, to whom it asks
// for.
func identities(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Metadata-Flavor", "Google")
		if r.URL.Path != "/computeMetadata/v1/instance/service-accounts/default/identity" || r.Header.Get("Metadata-Flavor") != "Google" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, "token for "+r.URL.Query().Get("audience")) // the client notices
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// service starts a built function as Cloud Run does, and returns its address.
func service(t *testing.T, program string) *url.URL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	require.NoError(t, l.Close())
	cmd := exec.Command(filepath.Join(programsDir, program))
	cmd.Env = []string{"PORT=" + port, "K_SERVICE=" + program, "SPOTGRID_TIMEOUT_SECONDS=10"}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		return err == nil && c.Close() == nil
	}, 10*time.Second, 10*time.Millisecond, "it does not listen")
	return &url.URL{Scheme: "http", Host: address}
}

// runFront stands before a function as Cloud Run does: it takes calls by TLS of
// those who prove who they are.
func runFront(t *testing.T, function *url.URL) *httptest.Server {
	t.Helper()
	proxy := httputil.NewSingleHostReverseProxy(function)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer token for https://"+r.Host {
			http.Error(w, "Forbidden", http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestAFunctionOnCloudRunIsInvoked(t *testing.T) {
	t.Parallel()
	g := newGoogleGrid(t)
	front := runFront(t, service(t, "quote"))
	authority := filepath.Join(t.TempDir(), "authority.pem")
	require.NoError(t, os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}), 0o600))
	g.grid.Functions["quote"] = front.URL
	g.environment = append(g.environment, "SSL_CERT_FILE="+authority, "GCE_METADATA_HOST="+identities(t))

	a := g.run(`{"jobs":2,"vcpu_seconds":7200}`, "invoke", "quote")
	require.Zero(t, a.code, a.err)
	assert.Contains(t, a.out, `"cheapest"`)
	bad := g.run(`{"jobs":0}`, "invoke", "quote")
	assert.Equal(t, 1, bad.code)
	assert.Contains(t, bad.err, `function "quote" failed`)
	assert.Contains(t, bad.err, "jobs is 0, want 1..")
	assert.JSONEq(t, `{"name":"quote","id":"`+front.URL+`"}`, g.run("", "invoke", "--list", "--json").out)
}

func TestAFunctionThatIsTriedOnThisMachineIsShownNoCredentials(t *testing.T) {
	t.Parallel()
	g := newGoogleGrid(t)
	seen := make(chan http.Header, 1)
	proxy := httputil.NewSingleHostReverseProxy(service(t, "quote"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Clone()
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	g.environment = append(g.environment, "SPOTGRID_RUN_ENDPOINT="+server.URL, "GOOGLE_APPLICATION_CREDENTIALS=/does/not/exist")
	a := g.run(`{"jobs":2,"vcpu_seconds":7200}`, "invoke", "quote", "--json")
	require.Zero(t, a.code, a.err)
	assert.Contains(t, a.out, `"cheapest":`)
	assert.Equal(t, "Bearer offline", (<-seen).Get("Authorization"))
}

func TestACallThatCloudRunRefusesSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	g := newGoogleGrid(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "Forbidden", http.StatusForbidden) }))
	t.Cleanup(server.Close)
	g.environment = append(g.environment, "SPOTGRID_RUN_ENDPOINT="+server.URL)
	a := g.run(`{}`, "invoke", "quote")
	assert.Equal(t, 1, a.code)
	assert.Contains(t, a.err, "roles/run.invoker on the service?")
}
