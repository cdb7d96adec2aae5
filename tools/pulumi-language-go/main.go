// Command pulumi-language-go is a language host: the plugin through which the
// Pulumi engine runs Go programs, Go policy packs and Go plugins. It serves
// pulumirpc.LanguageRuntime and is started by the engine as
//
//	pulumi-language-go [--logtostderr] [-v=N] [--tracing URL] ENGINE_ADDRESS
//
// It prints its port on standard output and serves until it is interrupted or
// the engine is gone. It does what running needs; generating Go code (pulumi
// convert, package gen-sdk) and debugging belong to the official host, which
// ships beside the official CLI and is not published as a Go module.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/logging"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

const hostName = "pulumi-language-go"

// engineCheckInterval is how often the host asks whether its engine still
// lives, so how long it may outlive an engine that was killed.
const engineCheckInterval = 5 * time.Second

// arguments are what the engine passes on the command line.
type arguments struct {
	engineAddress string // empty when started by hand: Handshake brings it
	logToStderr   bool
	verbosity     int
	tracing       string
}

func main() {
	args, err := parseArguments(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		logging.InitLogging(args.logToStderr, args.verbosity, false)
		cmdutil.InitTracing(hostName, hostName, args.tracing)
		err = serve(args, os.Environ(), os.Stdout)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", hostName, err)
		os.Exit(1)
	}
}

// parseArguments accepts the flags that the engine passes to every plugin it
// starts, and at most one engine address.
func parseArguments(argv []string, usage io.Writer) (arguments, error) {
	var args arguments
	flags := flag.NewFlagSet(hostName, flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.BoolVar(&args.logToStderr, "logtostderr", false, "log to standard error instead of files")
	flags.IntVar(&args.verbosity, "v", 0, "log `level`, 0 to 11")
	flags.StringVar(&args.tracing, "tracing", "", "send traces to this Zipkin-compatible `URL`")
	if err := flags.Parse(argv); err != nil {
		return arguments{}, err
	}
	if flags.NArg() > 1 {
		return arguments{}, fmt.Errorf("want one engine address, got %d arguments: %q", flags.NArg(), flags.Args())
	}
	args.engineAddress = flags.Arg(0)
	return args, nil
}

// serve runs the host until a signal arrives or the engine is gone.
func serve(args arguments, environ []string, stdout io.Writer) error {
	life, end := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer end()

	scratch, err := os.MkdirTemp("", hostName+"-")
	if err != nil {
		return fmt.Errorf("creating a directory for built programs: %w", err)
	}
	defer os.RemoveAll(scratch)

	host := newHost(hostConfig{life: life, end: end, scratch: scratch, environ: environ, stdout: os.Stdout, stderr: os.Stderr})
	if args.engineAddress != "" {
		if err := host.follow(args.engineAddress); err != nil {
			return err
		}
	}

	stop := make(chan bool)
	context.AfterFunc(life, func() {
		end() // a second signal ends the host at once
		close(stop)
	})
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, host)
			return nil
		},
		Options: rpcutil.TracingServerInterceptorOptions(nil),
	})
	if err != nil {
		return fmt.Errorf("serving the language runtime: %w", err)
	}
	// The engine reads the first line of standard output as the port.
	fmt.Fprintf(stdout, "%d\n", handle.Port)

	if err := <-handle.Done; err != nil {
		return fmt.Errorf("serving the language runtime: %w", err)
	}
	return nil
}
