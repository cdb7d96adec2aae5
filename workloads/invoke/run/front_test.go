package run_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/spotgrid/spotgrid/workloads/invoke"
	"github.com/spotgrid/spotgrid/workloads/invoke/invoketest"
	"github.com/spotgrid/spotgrid/workloads/invoke/run"
)

const (
	suiteHost = "suite-1a2b3c4-ew.a.run.app"
	suiteURL  = "https://" + suiteHost
	tokenOf   = "token for " // and the audience
)

// tokens are what the front of these tests believes.
func tokens(_ context.Context, audience string) (oauth2.TokenSource, error) {
	return oauth2.StaticTokenSource(&oauth2.Token{AccessToken: tokenOf + audience}), nil
}

// front stands before one function as Cloud Run does: it takes calls by TLS of
// who proves who it is, starts an instance for them if there is none, and
// answers in its stead when it crashes.
type front struct {
	mu      sync.Mutex
	address string          // the instance's; "": there is none
	ended   <-chan struct{} // when it is gone
	stop    func()
	log     bytes.Buffer
}

func (f *front) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log.Write(b)
}

func (f *front) Log() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log.String()
}

// page is what Google's front says to people.
func page(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<html><head><title>"+http.StatusText(status)+"</title></head></html>")
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Host != suiteHost:
		page(w, http.StatusNotFound)
		return
	case r.Header.Get("Authorization") != "Bearer "+tokenOf+suiteURL:
		page(w, http.StatusUnauthorized)
		return
	}
	address, err := f.instance()
	if err != nil {
		page(w, http.StatusInternalServerError)
		return
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address})
	proxy.ErrorHandler = func(w http.ResponseWriter, r *http.Request, _ error) {
		if r.Context().Err() == nil {
			<-f.gone()
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "Service Unavailable\n")
	}
	proxy.ServeHTTP(w, r)
}

func (f *front) gone() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ended
}

// instance is where the function listens, which is started if need be.
func (f *front) instance() (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-f.ended:
		f.address = ""
	default:
	}
	if f.address == "" {
		if err := f.start(); err != nil {
			return "", err
		}
	}
	return f.address, nil
}

func (f *front) start() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	program := exec.Command(os.Args[0])
	program.Env = []string{"PORT=" + port, "K_SERVICE=suite", "SPOTGRID_TIMEOUT_SECONDS=" + strconv.Itoa(invoketest.TimeoutSeconds)}
	program.Stderr = f
	if err := program.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_ = program.Wait()
		close(ended)
	}()
	f.address, f.ended = net.JoinHostPort("127.0.0.1", port), ended
	f.stop = func() { _ = program.Process.Kill(); <-ended }
	for { // until it listens, as Cloud Run's start-up probe waits
		c, err := net.Dial("tcp", f.address)
		if err == nil {
			return c.Close()
		}
		select {
		case <-ended:
			return err
		case <-time.After(time.Millisecond):
		}
	}
}

func (f *front) close() {
	f.mu.Lock()
	stop := f.stop
	f.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// serve runs a handler behind TLS and returns a driver whose calls all go
// there, whatever host they are for.
func serve(t *testing.T, h http.Handler) *run.Driver {
	t.Helper()
	server := httptest.NewTLSServer(h)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	d, err := run.New(run.Options{Tokens: tokens})
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return d.Through(&http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com"}, // the certificate's
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		},
	})
}

// answer serves always the same.
func answer(status int, header http.Header, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for key := range header {
			w.Header().Set(key, header.Get(key))
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	invoketest.Run(t, func(t *testing.T) invoketest.Harness {
		f := &front{}
		d := serve(t, f)
		t.Cleanup(f.close)
		return invoketest.Harness{
			Driver: d, Function: suiteURL, Missing: "https://gone-1a2b3c4-ew.a.run.app", Log: f.Log,
			CrashKind: invoke.KindUnavailable,
		}
	})
}

func TestMain(m *testing.M) {
	invoketest.Play()
	os.Exit(m.Run())
}
