package nats

import (
	"context"
	"errors"
	"io"
	"net"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/leaseclock"
)

// Errors of this driver.
var (
	errClosed       = errors.New("the driver was closed")
	errDisconnected = errors.New("not connected to the server, connecting again")
	errServerLeft   = errors.New("the server stops or hands over")
	errNoAnswer     = errors.New("the server did not answer in time")
	errQueueRemoved = errors.New("the queue was removed")
	errBusy         = errors.New("too many receivers wait at the queue")
	errReceipt      = errors.New("the receipt is of another driver")
	errIDTooLong    = errors.New("the message ID is too long")
)

// errorKinds are the kinds of error values, found by errors.Is. The first that
// fits counts.
var errorKinds = []struct {
	err  error
	kind queue.Kind
}{
	{errClosed, queue.KindClosed},
	{natsgo.ErrConnectionClosed, queue.KindClosed},
	{leaseclock.ErrLost, queue.KindLeaseLost},
	{leaseclock.ErrGivenBack, queue.KindLeaseLost},
	{errIDTooLong, queue.KindTooLarge},
	{natsgo.ErrMaxPayload, queue.KindTooLarge},
	{errBusy, queue.KindThrottled},
	{errQueueRemoved, queue.KindNotFound},
	{jetstream.ErrStreamNotFound, queue.KindNotFound},
	{jetstream.ErrConsumerNotFound, queue.KindNotFound},
	{natsgo.ErrAuthorization, queue.KindDenied},
	{natsgo.ErrAuthExpired, queue.KindDenied},
	{natsgo.ErrAuthRevoked, queue.KindDenied},
	{natsgo.ErrPermissionViolation, queue.KindDenied},
	{errDisconnected, queue.KindUnavailable},
	{errServerLeft, queue.KindUnavailable},
	{errNoAnswer, queue.KindUnavailable},
	{natsgo.ErrNoServers, queue.KindUnavailable},
	{natsgo.ErrNoResponders, queue.KindUnavailable},
	{natsgo.ErrDisconnected, queue.KindUnavailable},
	{natsgo.ErrTimeout, queue.KindUnavailable},
	{natsgo.ErrStaleConnection, queue.KindUnavailable},
	{natsgo.ErrReconnectBufExceeded, queue.KindUnavailable},
	{natsgo.ErrConnectionReconnecting, queue.KindUnavailable},
	{jetstream.ErrNoStreamResponse, queue.KindUnavailable},
	{jetstream.ErrAsyncPublishTimeout, queue.KindUnavailable},
	{jetstream.ErrJetStreamNotEnabled, queue.KindUnavailable},
	{io.EOF, queue.KindUnavailable},
	{context.Canceled, queue.KindCanceled},
	{context.DeadlineExceeded, queue.KindCanceled},
}

// codeKinds are the kinds of JetStream API errors. Source: server/errors.json
// of nats-server 2.12.
var codeKinds = map[jetstream.ErrorCode]queue.Kind{
	10002: queue.KindThrottled,   // resource limits exceeded for account
	10008: queue.KindUnavailable, // system temporarily unavailable
	10014: queue.KindNotFound,    // consumer not found
	10023: queue.KindThrottled,   // insufficient resources
	10028: queue.KindThrottled,   // insufficient memory
	10039: queue.KindDenied,      // JetStream not enabled for account
	10047: queue.KindThrottled,   // insufficient storage: MaxStore is reached
	10054: queue.KindTooLarge,    // message size exceeds maximum
	10059: queue.KindNotFound,    // stream not found
	10076: queue.KindUnavailable, // JetStream not enabled
	10077: queue.KindThrottled,   // the stream could not store: no room in it or on disk
	10149: queue.KindNotFound,    // consumer does not exist
}

// codeWrongLastSequence is the server's refusal of a dead letter that is there
// already.
const codeWrongLastSequence jetstream.ErrorCode = 10071

// kindOf classifies what this package, nats.go and the server fail with.
func kindOf(err error) queue.Kind {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		if kind, ok := codeKinds[api.ErrorCode]; ok {
			return kind
		}
	}
	for _, e := range errorKinds {
		if errors.Is(err, e.err) {
			return e.kind
		}
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return queue.KindUnavailable
	}
	return queue.KindUnknown
}

// Statuses that end a pull. Source: nats-server 2.12, consumer.go.
const (
	statusNoMessages   = "404"
	statusEnded        = "408"
	statusConflict     = "409"
	statusNoResponders = "503"

	// describeTaken goes with statusEnded: others wait for all that there is.
	describeTaken = "Requests Pending"
)

// conflicts are the errors in the descriptions of statusConflict.
var conflicts = map[string]error{
	"Exceeded MaxWaiting": errBusy,
	"Consumer Deleted":    errQueueRemoved,
	"Server Shutdown":     errServerLeft,
	"Leadership Change":   errServerLeft,
}
