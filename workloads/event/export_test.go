package event

import (
	"context"
	"net"
)

// What is tested from outside.
var (
	NewLog          = newLog
	BodyOf          = bodyOf
	OnCloudRun      = onCloudRun
	WithEnvironment = Options.withEnvironment
)

// Serve answers calls until ctx ends.
func (f *Function) Serve(ctx context.Context, l net.Listener) error { return f.serve(ctx, l) }
