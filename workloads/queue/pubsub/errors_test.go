package pubsub

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/googleapis/gax-go/v2/apierror"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
	"github.com/spotgrid/spotgrid/workloads/queue"
)

// answered is an error as Google's client returns it.
func answered(err error) error {
	api, _ := apierror.FromError(err)
	return api
}

// exactlyOnce is how Pub/Sub refuses an acknowledgement with exactly-once
// delivery.
func exactlyOnce(t *testing.T, reason string) error {
	t.Helper()
	s, err := status.New(codes.InvalidArgument, "Some acknowledgement ids in the request were invalid.").
		WithDetails(&errdetails.ErrorInfo{Metadata: map[string]string{"ack-1": reason}})
	require.NoError(t, err)
	return s.Err()
}

func TestKind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want queue.Kind
	}{
		"no such queue":         {status.Error(codes.NotFound, "no"), queue.KindNotFound},
		"wrapped by the client": {answered(status.Error(codes.NotFound, "no")), queue.KindNotFound},
		"topic deleted":         {errNoTopic, queue.KindNotFound},
		"denied":                {status.Error(codes.PermissionDenied, "no"), queue.KindDenied},
		"who is that":           {status.Error(codes.Unauthenticated, "no"), queue.KindDenied},
		"key out of reach":      {status.Error(codes.FailedPrecondition, "no"), queue.KindDenied},
		"no credentials":        {fmt.Errorf("%w (%w)", errNoCredentials, context.DeadlineExceeded), queue.KindDenied},
		"over quota":            {status.Error(codes.ResourceExhausted, "no"), queue.KindThrottled},
		"away":                  {status.Error(codes.Unavailable, "no"), queue.KindUnavailable},
		"internal":              {status.Error(codes.Internal, "no"), queue.KindUnavailable},
		"cancelled by them":     {status.Error(codes.Canceled, "no"), queue.KindUnavailable},
		"too slow":              {status.Error(codes.DeadlineExceeded, "no"), queue.KindUnavailable},
		"no answer":             {fmt.Errorf("%w (%w)", errNoAnswer, context.DeadlineExceeded), queue.KindUnavailable},
		"wrong argument":        {status.Error(codes.InvalidArgument, "no"), queue.KindUnknown},
		"lease lost":            {answered(exactlyOnce(t, "PERMANENT_FAILURE_INVALID_ACK_ID")), queue.KindLeaseLost},
		"not acknowledged now":  {answered(exactlyOnce(t, "TRANSIENT_FAILURE_UNORDERED_ACK_ID")), queue.KindUnavailable},
		"another reason":        {answered(exactlyOnce(t, "ODD")), queue.KindUnknown},
		"monitoring denied":     {&rest.Error{Status: 403}, queue.KindDenied},
		"monitoring throttled":  {&rest.Error{Status: 429}, queue.KindThrottled},
		"monitoring away":       {&rest.Error{Status: 503}, queue.KindUnavailable},
		"monitoring, odd":       {&rest.Error{Status: 418}, queue.KindUnknown},
		"monitoring, nobody":    {rest.ErrNoCredentials, queue.KindDenied},
		"not counted":           {errNotCounted, queue.KindUncounted},
		"send only":             {errSendOnly, queue.KindUnsupported},
		"canceled":              {context.Canceled, queue.KindCanceled},
		"deadline":              {context.DeadlineExceeded, queue.KindCanceled},
		"closed":                {errClosed, queue.KindClosed},
		"none of ours":          {errors.New("odd"), queue.KindUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want.String(), kindOf(fmt.Errorf("doing it: %w", c.err)).String())
		})
	}
	require.Equal(t, queue.KindUnknown, kindOf(nil))
}
