package event

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

const (
	// stopGrace is what calls on their way get when Cloud Run ends the
	// instance: it sends SIGTERM and kills 10 s later, before which the log
	// has to say what was cut off.
	// Source: https://cloud.google.com/run/docs/container-contract
	stopGrace = 9 * time.Second
	// headerLimit is how long the headers of a request may take.
	headerLimit = 10 * time.Second
	// maxHeaderBytes is far above what Cloud Run adds to a caller's.
	maxHeaderBytes = 64 << 10
	// maxTimeoutSeconds is the longest that Cloud Run waits for an answer.
	// Source: https://cloud.google.com/run/docs/configuring/request-timeout
	maxTimeoutSeconds = 3600
)

// The environment of a function on Cloud Run. The first two Cloud Run sets, the
// others are for whoever deploys it.
// Source: https://cloud.google.com/run/docs/container-contract
const (
	portVariable    = "PORT"
	serviceVariable = "K_SERVICE"
	timeoutVariable = "SPOTGRID_TIMEOUT_SECONDS"
	projectVariable = "GOOGLE_CLOUD_PROJECT"

	lambdaVariable = "AWS_LAMBDA_RUNTIME_API"
)

// onCloudRun tells whether Cloud Run started the program.
func onCloudRun(getenv func(string) string) bool {
	return getenv(portVariable) != "" && getenv(serviceVariable) != "" && getenv(lambdaVariable) == ""
}

// withEnvironment fills what the program left open.
func (o Options) withEnvironment(getenv func(string) string) (Options, error) {
	if o.Project == "" {
		o.Project = getenv(projectVariable)
	}
	text := getenv(timeoutVariable)
	if o.Timeout != 0 || text == "" {
		return o, nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 1 || seconds > maxTimeoutSeconds {
		return o, fmt.Errorf("%s is %q, want 1..%d", timeoutVariable, text, maxTimeoutSeconds)
	}
	o.Timeout = time.Duration(seconds) * time.Second
	return o, nil
}

// startHTTP serves calls on the port until the program is told to end.
func startHTTP(getenv func(string) string, h Handler, o Options) error {
	o, err := o.withEnvironment(getenv)
	if err != nil {
		return fmt.Errorf("reading settings: %w", err)
	}
	f := New(h, o)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	// On all addresses, as the container contract wants it.
	listener, err := net.Listen("tcp", net.JoinHostPort("", getenv(portVariable)))
	if err != nil {
		return fmt.Errorf("listening for calls: %w", err)
	}
	return f.serve(ctx, listener)
}

// serve answers calls until ctx ends, and then those that are on their way.
func (f *Function) serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: f, ReadHeaderTimeout: headerLimit, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(f.options.Log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving calls: %w", err)
	case <-ctx.Done():
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	if err := server.Shutdown(bound); err != nil {
		return errors.Join(fmt.Errorf("waiting %s for calls on their way, which are cut off now: %w", stopGrace, err), server.Close())
	}
	return nil
}
