package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// sdkModule is the module whose version the host reports as its own: it is
// what decides the protocol it speaks.
const sdkModule = "github.com/pulumi/pulumi/sdk/v3"

// hostConfig is what a host takes from its process.
type hostConfig struct {
	life    context.Context // ends with the process: every child ends with it
	end     func()          // ends life
	scratch string          // directory for built programs, the host's own
	environ []string        // the host's environment
	stdout  io.Writer       // where programs write; the engine shows it
	stderr  io.Writer
}

// host serves the engine. Methods that are not written here (code generation,
// packing, linking) answer "unimplemented", as the protocol provides for.
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	hostConfig

	builds sync.Mutex // one go build at a time: two of one directory share an output

	mu            sync.Mutex
	engineAddress string
	work          context.Context // ends on Cancel; the next one begins then
	cancelWork    context.CancelFunc
}

var _ pulumirpc.LanguageRuntimeServer = (*host)(nil)

func newHost(config hostConfig) *host {
	h := &host{hostConfig: config}
	h.work, h.cancelWork = context.WithCancel(config.life)
	return h
}

// follow sets the engine that programs report to, and ends the host when that
// engine no longer answers.
func (h *host) follow(address string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.engineAddress == address {
		return nil
	}
	if err := rpcutil.Healthcheck(h.life, address, engineCheckInterval, h.end); err != nil {
		return fmt.Errorf("watching the engine at %q: %w", address, err)
	}
	h.engineAddress = address
	return nil
}

// engine returns the address programs report to.
func (h *host) engine() (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.engineAddress == "" {
		return "", errors.New("no engine address: none on the command line and no handshake yet")
	}
	return h.engineAddress, nil
}

// Handshake takes the engine's address.
func (h *host) Handshake(
	_ context.Context, req *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	if req.GetEngineAddress() == "" {
		return nil, errors.New("handshake: engine_address is empty")
	}
	if err := h.follow(req.GetEngineAddress()); err != nil {
		return nil, err
	}
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// GetPluginInfo reports the version of the Pulumi SDK the host is built from.
func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: sdkVersion()}, nil
}

// sdkVersion is the SDK's version without "v", or empty if the build does not
// say.
func sdkVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, module := range info.Deps {
		if module.Path == sdkModule {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return ""
}

// RuntimeOptionsPrompts asks nothing: every option has a default.
func (h *host) RuntimeOptionsPrompts(
	context.Context, *pulumirpc.RuntimeOptionsRequest,
) (*pulumirpc.RuntimeOptionsResponse, error) {
	return &pulumirpc.RuntimeOptionsResponse{}, nil
}

// Cancel stops the programs, builds and downloads under way. It leaves plugins
// alone: the engine cancels each of those itself, and a provider must be able
// to finish the operation it is in. They end when their stream does.
func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cancelWork()
	h.work, h.cancelWork = context.WithCancel(h.life)
	return &emptypb.Empty{}, nil
}

// cancellable derives the context of one call that Cancel stops. Call release
// when the call is over.
func (h *host) cancellable(call context.Context) (ctx context.Context, release func()) {
	h.mu.Lock()
	work := h.work
	h.mu.Unlock()
	return joined(call, work)
}

// joined ends when either of two contexts does.
func joined(call, other context.Context) (ctx context.Context, release func()) {
	ctx, cancel := context.WithCancel(call)
	detach := context.AfterFunc(other, cancel)
	return ctx, func() { detach(); cancel() }
}
