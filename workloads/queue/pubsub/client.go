package pubsub

import (
	"context"
	"errors"
	"fmt"
	"time"

	apiv1 "cloud.google.com/go/pubsub/v2/apiv1"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

const (
	// emulatorVariable names an emulator's host and port, as all of Google's
	// clients read it.
	emulatorVariable = "PUBSUB_EMULATOR_HOST"
	// pingAfter is how long a connection may be silent before it is tried. That
	// of Google's own client.
	pingAfter = 5 * time.Minute
)

// clients speak to Pub/Sub and do not retry: queue.Queue does.
type clients struct {
	subscriber *apiv1.SubscriptionAdminClient
	publisher  *apiv1.TopicAdminClient
}

// connect makes clients, of the emulator where there is one.
func connect(ctx context.Context, emulator string) (*clients, error) {
	options := []option.ClientOption{
		option.WithGRPCDialOption(grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingAfter})),
	}
	if emulator != "" {
		options = append(options, option.WithEndpoint(emulator), option.WithoutAuthentication(),
			option.WithTelemetryDisabled(), option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	}
	subscriber, err := apiv1.NewSubscriptionAdminClient(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errNoCredentials, err)
	}
	publisher, err := apiv1.NewTopicAdminClient(ctx, options...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w (%w)", errNoCredentials, err), subscriber.Close())
	}
	subscriber.CallOptions, publisher.CallOptions = &apiv1.SubscriptionAdminCallOptions{}, &apiv1.TopicAdminCallOptions{}
	return &clients{subscriber, publisher}, nil
}

func (c *clients) close() error { return errors.Join(c.subscriber.Close(), c.publisher.Close()) }

// call runs do with a context that also ends after limit and when the driver
// closes, and says which of these it was.
func (d *Driver) call(ctx context.Context, limit time.Duration, do func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.life.Err() != nil {
		return errClosed
	}
	bound, cancel := context.WithTimeoutCause(ctx, limit, errNoAnswer)
	defer cancel()
	defer context.AfterFunc(d.life, cancel)()
	err := do(bound)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case d.life.Err() != nil:
		return errClosed
	case errors.Is(context.Cause(bound), errNoAnswer):
		return fmt.Errorf("%w (%w)", errNoAnswer, err)
	}
	return err
}
