package nats

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"
)

// Timings of a connection.
const (
	// connectTimeout is how long the first connection may take.
	connectTimeout = 5 * time.Second
	// reconnectBase and reconnectMost bound the wait before connecting again,
	// which doubles and is random between nothing and that, so that a fleet
	// does not come back all at once.
	reconnectBase = 50 * time.Millisecond
	reconnectMost = 2 * time.Second
	// pingEvery finds a server that went away without a word, after two pings.
	pingEvery = 10 * time.Second
)

// Connect opens a connection to the server at nats://HOST:PORT that connects
// again for ever when it is lost. tokenFile holds the server's token and may be
// "" where it asks for none. While the connection is lost nothing is buffered,
// so that no call takes effect after it was reported as failed.
func Connect(ctx context.Context, server, tokenFile string, extra ...natsgo.Option) (*natsgo.Conn, error) {
	timeout := connectTimeout
	if deadline, ok := ctx.Deadline(); ok {
		timeout = min(timeout, time.Until(deadline))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	options := []natsgo.Option{
		natsgo.Timeout(timeout),
		natsgo.MaxReconnects(-1),
		natsgo.CustomReconnectDelay(reconnectDelay),
		natsgo.ReconnectBufSize(-1),
		natsgo.PingInterval(pingEvery),
		natsgo.IgnoreAuthErrorAbort(), // the token may be about to change
	}
	if tokenFile != "" {
		if _, err := readToken(tokenFile); err != nil {
			return nil, err
		}
		options = append(options, natsgo.TokenHandler(func() string {
			token, _ := readToken(tokenFile) // unreadable now: the server denies, and it is tried again
			return token
		}))
	}
	nc, err := natsgo.Connect(server, append(options, extra...)...)
	if err != nil {
		return nil, fmt.Errorf("connecting to %q: %w", server, err)
	}
	return nc, nil
}

func readToken(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the server's token: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

func reconnectDelay(attempts int) time.Duration {
	most := reconnectMost
	if attempts < 6 { // 50 ms << 5 is the last below 2 s
		most = reconnectBase << attempts
	}
	return time.Duration(rand.Float64() * float64(most))
}
