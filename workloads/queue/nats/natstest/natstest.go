// Package natstest runs a real NATS server with JetStream inside a test.
package natstest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue/nats"
)

const (
	token        = "token-of-a-test"
	startTimeout = 20 * time.Second
)

// Options of a server.
type Options struct {
	// SyncAlways makes the server sync every write to disk.
	SyncAlways bool
	// MaxStoreBytes is all that the server stores; 0 means what the disk has.
	MaxStoreBytes int64
}

// Server is a server with its own store, port and token. It stops when the test
// ends.
type Server struct {
	// URL is nats://127.0.0.1:PORT.
	URL string
	// TokenFile holds the token that the server asks for.
	TokenFile string

	options server.Options
	running *server.Server
}

// Start runs a server that stores in a new folder and listens on a free port.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	dir := t.TempDir()
	s := &Server{
		TokenFile: filepath.Join(dir, "token"),
		options: server.Options{
			Host: "127.0.0.1", Port: server.RANDOM_PORT, Authorization: token,
			JetStream: true, StoreDir: filepath.Join(dir, "store"),
			SyncAlways: o.SyncAlways, JetStreamMaxStore: o.MaxStoreBytes,
			NoLog: true, NoSigs: true,
		},
	}
	if o.MaxStoreBytes > 0 {
		s.options.JetStreamMaxMemory = 64 << 20 // without it the server ignores the other
	}
	require.NoError(t, os.WriteFile(s.TokenFile, []byte(token+"\n"), 0o600))
	s.run(t)
	t.Cleanup(s.Stop)
	return s
}

func (s *Server) run(t testing.TB) {
	t.Helper()
	options := s.options
	running, err := server.NewServer(&options)
	require.NoError(t, err)
	running.Start()
	require.True(t, running.ReadyForConnections(startTimeout), "the server was not ready within %s", startTimeout)
	s.running = running
	s.options.Port = running.Addr().(*net.TCPAddr).Port
	s.URL = fmt.Sprintf("nats://127.0.0.1:%d", s.options.Port)
}

// Stop cuts all connections and ends the server. Twice is fine.
func (s *Server) Stop() {
	s.running.Shutdown()
	s.running.WaitForShutdown()
}

// StartAgain runs the server after Stop: same store, port and token.
func (s *Server) StartAgain(t testing.TB) {
	t.Helper()
	s.run(t)
}

// QueueURL is what nats.Open takes.
func (s *Server) QueueURL(t testing.TB, name string) *url.URL {
	t.Helper()
	u, err := url.Parse(s.URL + "/" + name + "?token_file=" + url.QueryEscape(s.TokenFile))
	require.NoError(t, err)
	return u
}

// Connect opens a connection that ends with the test.
func (s *Server) Connect(t testing.TB) (*natsgo.Conn, jetstream.JetStream) {
	t.Helper()
	nc, err := nats.Connect(context.Background(), s.URL, s.TokenFile)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return nc, js
}
