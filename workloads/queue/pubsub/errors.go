package pubsub

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/leaseclock"
)

// Errors of this driver.
var (
	errClosed        = errors.New("the driver was closed")
	errNoAnswer      = errors.New("no answer of Google Cloud came in time")
	errUnanswered    = errors.New("Pub/Sub did not say whether it stored the messages")
	errReceipt       = errors.New("the receipt is of another driver")
	errBodyTooLarge  = errors.New("the body is too large")
	errNoCredentials = errors.New("no usable Google Cloud credentials: run `gcloud auth application-default login`, or give the machine a service account")
	errNoTopic       = errors.New("its topic was deleted")
	errPushed        = errors.New("its subscription delivers elsewhere by itself, want one that is pulled from")
	errNotCounted    = errors.New("no count of the queue from the last minutes is in Cloud Monitoring, as when it is new")
	errEmulator      = errors.New("an emulator of Pub/Sub does not count messages")
	errSendOnly      = errors.New("the queue's URL names no subscription, so it can only be sent to; want pubsub://PROJECT/SUBSCRIPTION?topic=TOPIC")
)

// errorKinds are the kinds of error values, found by errors.Is. The first that
// fits counts.
var errorKinds = []struct {
	err  error
	kind queue.Kind
}{
	{errClosed, queue.KindClosed},
	{leaseclock.ErrLost, queue.KindLeaseLost},
	{leaseclock.ErrGivenBack, queue.KindLeaseLost},
	{errBodyTooLarge, queue.KindTooLarge},
	{errNoAnswer, queue.KindUnavailable},
	{errUnanswered, queue.KindUnavailable},
	{errNoCredentials, queue.KindDenied},
	{errNoTopic, queue.KindNotFound},
	{errNotCounted, queue.KindUncounted},
	{errEmulator, queue.KindUncounted},
	{errSendOnly, queue.KindUnsupported},
	{context.Canceled, queue.KindCanceled},
	{context.DeadlineExceeded, queue.KindCanceled},
}

// codeKinds are the kinds of Pub/Sub's error codes. Sources: Error codes in the
// Pub/Sub documentation, and what Google's own client retries when it publishes.
var codeKinds = map[codes.Code]queue.Kind{
	codes.NotFound: queue.KindNotFound,

	codes.PermissionDenied: queue.KindDenied,
	codes.Unauthenticated:  queue.KindDenied,
	// No billing, a key that Pub/Sub cannot use, or a region that the topic's
	// storage policy does not allow.
	codes.FailedPrecondition: queue.KindDenied,

	codes.ResourceExhausted: queue.KindThrottled,

	codes.Unavailable:      queue.KindUnavailable, // also when too many pull at a time
	codes.Internal:         queue.KindUnavailable,
	codes.Aborted:          queue.KindUnavailable,
	codes.Unknown:          queue.KindUnavailable,
	codes.DeadlineExceeded: queue.KindUnavailable, // that of the service
	codes.Canceled:         queue.KindUnavailable, // by the service: our own are told apart before
}

// classKinds are the kinds of what calls of Cloud Monitoring fail with.
var classKinds = map[rest.Class]queue.Kind{
	rest.NoAccess:    queue.KindDenied,
	rest.NotFound:    queue.KindNotFound,
	rest.Throttled:   queue.KindThrottled,
	rest.Unavailable: queue.KindUnavailable,
	rest.Canceled:    queue.KindCanceled,
}

// reasonPrefixes are how Pub/Sub says, with exactly-once delivery, what is wrong
// with an acknowledgement or an extension: in the details of the error, under
// the ID that it was about. Source: Exactly-once delivery in the Pub/Sub
// documentation.
var reasonPrefixes = []struct {
	prefix string
	kind   queue.Kind
}{
	{"PERMANENT_FAILURE_INVALID_ACK_ID", queue.KindLeaseLost},
	{"TRANSIENT_FAILURE_", queue.KindUnavailable},
}

// kindOf classifies what this package, Google's client and its services fail
// with.
func kindOf(err error) queue.Kind {
	for _, e := range errorKinds {
		if errors.Is(err, e.err) {
			return e.kind
		}
	}
	var api *apierror.APIError
	if errors.As(err, &api) {
		if kind := reasonKind(api); kind != queue.KindUnknown {
			return kind
		}
	}
	if s, ok := status.FromError(err); ok && err != nil {
		return codeKinds[s.Code()]
	}
	return classKinds[rest.ClassOf(err)]
}

// reasonKind is that of the first reason known. Calls about acknowledgements
// are about one message each, but for those that give messages back, whose
// errors nobody reads.
func reasonKind(api *apierror.APIError) queue.Kind {
	for _, reason := range api.Metadata() {
		for _, r := range reasonPrefixes {
			if strings.HasPrefix(reason, r.prefix) {
				return r.kind
			}
		}
	}
	return queue.KindUnknown
}

func failed(op queue.Op, name string, err error) error {
	return &queue.Error{Op: op, Queue: name, Kind: kindOf(err), Err: err}
}

// openError adds what to do about the errors that a first call tends to have.
func openError(a address, err error) error {
	switch kindOf(err) {
	case queue.KindNotFound:
		if !errors.Is(err, errNoTopic) {
			return fmt.Errorf("project %s has no such subscription; are project and subscription right, and was it declared? %w", a.project, err)
		}
	case queue.KindDenied:
		return fmt.Errorf("not allowed; may these credentials pubsub.subscriptions.get on it? %w", err)
	}
	return err
}
