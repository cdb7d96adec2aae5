// Package program is the invoke driver that runs a built function on this
// machine, without any grid: a handler is tried with a payload before it is
// deployed. The program sees the runtime API that it sees on a grid.
package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/lambda"
	"github.com/spotgrid/spotgrid/workloads/invoke"
)

// Name is what the driver's one function is called.
const Name = "function"

// headerTimeout is how long the program may take to send a request's headers.
const headerTimeout = 10 * time.Second

// Options of a Driver.
type Options struct {
	// Path is the built program.
	Path string
	// TimeoutSeconds is how long one call may take, the program's start
	// included: 1..900.
	TimeoutSeconds int
	// Log takes what the program prints.
	Log io.Writer
}

var errNotAsked = errors.New("the program runs but did not ask for the call: is it built on a Lambda runtime, such as github.com/aws/aws-lambda-go?")

// Driver runs one program. Close it: nothing of the program is left then.
type Driver struct {
	function *lambda.Function
	server   *http.Server
	log      *logPipe
}

var _ invoke.Driver = (*Driver)(nil)

// New makes a driver. The program starts with the first call.
func New(o Options) (*Driver, error) {
	path, err := runnable(o.Path)
	if err != nil {
		return nil, fmt.Errorf("trying program %q: %w", o.Path, err)
	}
	if o.TimeoutSeconds < 1 || o.TimeoutSeconds > api.MaxTimeoutSeconds {
		return nil, fmt.Errorf("trying program %q: its time limit is %d s, want 1..%d", o.Path, o.TimeoutSeconds, api.MaxTimeoutSeconds)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serving the runtime API to program %q: %w", o.Path, err)
	}
	log, err := newLogPipe(o.Log)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading the log of program %q: %w", o.Path, err), listener.Close())
	}
	routes, mux := lambda.NewRoutes(), http.NewServeMux()
	routes.Register(mux)
	d := &Driver{server: &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout}, log: log}
	h := &host{program: path, address: listener.Addr().String(), log: log.path()}
	spec := api.Function{Name: Name, TimeoutSeconds: o.TimeoutSeconds, MemoryMiB: memoryMiB, Concurrency: 1}
	d.function = lambda.New(spec, h, routes, slog.New(slog.DiscardHandler))
	go d.server.Serve(listener)
	return d, nil
}

// runnable makes the path absolute and refuses what cannot be run.
func runnable(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", err
	case info.IsDir():
		return "", errors.New("it is a folder, want a built program, such as bin/quote")
	case info.Mode()&0o111 == 0:
		return "", errors.New("it is not executable, want a built program, such as bin/quote")
	}
	return filepath.Abs(path)
}

// Invoke implements invoke.Driver. The function's name is Name.
func (d *Driver) Invoke(ctx context.Context, _ string, payload []byte) (invoke.Answer, error) {
	a, err := d.function.Invoke(ctx, payload)
	switch {
	case errors.Is(err, lambda.ErrThrottled):
		return invoke.Answer{}, errNotAsked
	case err != nil && ctx.Err() == nil:
		// The log was shown; the path is only that of our end of a pipe.
		return invoke.Answer{}, errors.New(strings.ReplaceAll(err.Error(), ", see "+d.log.path(), ""))
	}
	return invoke.Answer{Body: a.Body, Failed: a.Failed}, err
}

// Kind implements invoke.Driver.
func (d *Driver) Kind(err error) invoke.Kind {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return invoke.KindCanceled
	}
	return invoke.KindUnknown
}

// Caps implements invoke.Driver. What the program logs goes to Options.Log.
func (d *Driver) Caps() invoke.Caps {
	return invoke.Caps{MaxPayloadBytes: lambda.MaxPayloadBytes}
}

// Close ends the program with all it started, and returns when all it printed
// was written to Options.Log.
func (d *Driver) Close() error {
	d.function.Close()
	return errors.Join(d.server.Close(), d.log.close())
}
