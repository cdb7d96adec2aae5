// Package broker embeds the queue server of a local grid: NATS with JetStream
// on disk, on the loopback address, behind a token.
package broker

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	startTimeout = 30 * time.Second
	// syncEvery bounds what a power cut could take back: jobs sent in the last
	// second, which the batch's manifest on the volume still has (`spotgrid
	// submit --resume`), and acknowledgements, which are repeated. A killed
	// process takes back nothing. Syncing every write was measured to make
	// receiving 7 to 14 times slower and sending 24 times.
	syncEvery = time.Second
	// maxPayloadBytes carries the largest job and its dead letter.
	maxPayloadBytes = 1 << 20
)

// Options of a broker.
type Options struct {
	Store string // folder, made if missing
	Port  int    // on 127.0.0.1; 0: any free one
	Token string
}

// Broker is a running server and the agent's own connection to it.
type Broker struct {
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
}

// Start runs the server and returns when it serves.
func Start(o Options) (*Broker, error) {
	port := o.Port
	if port == 0 {
		port = server.RANDOM_PORT
	} else if err := free(port); err != nil {
		return nil, err
	}
	srv, err := server.NewServer(&server.Options{
		ServerName: "spotgrid", Host: "127.0.0.1", Port: port,
		Authorization: o.Token, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: o.Store, SyncInterval: syncEvery,
		MaxPayload: maxPayloadBytes,
	})
	if err != nil {
		return nil, fmt.Errorf("starting the queue server: %w", err)
	}
	srv.Start()
	if !srv.ReadyForConnections(startTimeout) {
		srv.Shutdown()
		return nil, fmt.Errorf("starting the queue server: it was not ready within %s; is the disk of %q full?", startTimeout, o.Store)
	}
	b := &Broker{server: srv}
	if err := b.connect(o.Token); err != nil {
		srv.Shutdown()
		return nil, err
	}
	return b, nil
}

// free reports a port that another program has, before the server would fail
// with less to say.
func free(port int) error {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("port %d on 127.0.0.1 is in use or not allowed; choose another in the stack's config, or 0 for any free one: %w", port, err)
	}
	return l.Close()
}

func (b *Broker) connect(token string) error {
	conn, err := nats.Connect("", nats.InProcessServer(b.server), nats.Token(token), nats.Name("agent"), nats.MaxReconnects(-1))
	if err != nil {
		return fmt.Errorf("connecting to the queue server: %w", err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return fmt.Errorf("connecting to the queue server: %w", err)
	}
	b.conn, b.js = conn, js
	return nil
}

// Port is where the server listens.
func (b *Broker) Port() int {
	a, ok := b.server.Addr().(*net.TCPAddr)
	if !ok {
		return 0
	}
	return a.Port
}

// JetStream is the agent's own access to the queues.
func (b *Broker) JetStream() jetstream.JetStream { return b.js }

// Healthy reports whether the server can still store jobs.
func (b *Broker) Healthy() error {
	if !b.server.JetStreamEnabled() {
		return errors.New("the queue server has stopped storing jobs; is its disk full? free some space, then run `pulumi up`")
	}
	return nil
}

// Stop writes out what is buffered and ends the server.
func (b *Broker) Stop() {
	b.conn.Close()
	b.server.Shutdown()
	b.server.WaitForShutdown()
}
