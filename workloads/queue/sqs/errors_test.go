package sqs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/queue"
)

func code(code string) error { return &smithy.GenericAPIError{Code: code, Message: "no"} }

func status(status int, cause error) error {
	return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: cause}
}

func TestKind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want queue.Kind
	}{
		"no such queue":                {&types.QueueDoesNotExist{}, queue.KindNotFound},
		"no such queue, older code":    {&types.QueueDoesNotExist{ErrorCodeOverride: aws.String("AWS.SimpleQueueService.NonExistentQueue")}, queue.KindNotFound},
		"denied":                       {code("AccessDenied"), queue.KindDenied},
		"denied, newer code":           {code("AccessDeniedException"), queue.KindDenied},
		"denied by KMS":                {code("KMS.AccessDeniedException"), queue.KindDenied},
		"expired credentials":          {code("ExpiredToken"), queue.KindDenied},
		"unknown credentials":          {code("InvalidClientTokenId"), queue.KindDenied},
		"no credentials, slow chain":   {fmt.Errorf("%w (%w)", awsclient.ErrNoCredentials, context.DeadlineExceeded), queue.KindDenied},
		"forbidden without a code":     {status(http.StatusForbidden, io.ErrShortBuffer), queue.KindDenied},
		"throttled":                    {code("ThrottlingException"), queue.KindThrottled},
		"throttled by SQS":             {&types.RequestThrottled{}, queue.KindThrottled},
		"throttled by KMS":             {code("KMS.ThrottlingException"), queue.KindThrottled},
		"too many in flight":           {&types.OverLimit{ErrorCodeOverride: aws.String("OverLimit")}, queue.KindThrottled},
		"throttled though 5xx":         {status(503, code("Throttling")), queue.KindThrottled},
		"receipt handle":               {&types.ReceiptHandleIsInvalid{}, queue.KindLeaseLost},
		"visible again":                {&types.MessageNotInflight{ErrorCodeOverride: aws.String("AWS.SimpleQueueService.MessageNotInflight")}, queue.KindLeaseLost},
		"gone":                         {&smithy.GenericAPIError{Code: "InvalidParameterValue", Message: "Value x for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."}, queue.KindLeaseLost},
		"too long":                     {&smithy.GenericAPIError{Code: "InvalidParameterValue", Message: "One or more parameters are invalid. Reason: Message must be shorter than 262144 bytes."}, queue.KindTooLarge},
		"another wrong parameter":      {code("InvalidParameterValue"), queue.KindUnknown},
		"batch too long":               {&types.BatchRequestTooLong{}, queue.KindTooLarge},
		"contents":                     {&types.InvalidMessageContents{}, queue.KindTooLarge},
		"internal":                     {code("InternalError"), queue.KindUnavailable},
		"5xx without a code":           {status(502, io.ErrShortBuffer), queue.KindUnavailable},
		"unknown code, fault of SQS":   {&smithy.GenericAPIError{Code: "Odd", Fault: smithy.FaultServer}, queue.KindUnavailable},
		"unknown code":                 {status(400, code("Odd")), queue.KindUnknown},
		"connection refused":           {status(0, &smithyhttp.RequestSendError{Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}), queue.KindUnavailable},
		"connection cut":               {status(200, io.ErrUnexpectedEOF), queue.KindUnavailable},
		"no answer":                    {fmt.Errorf("%w (%w)", errNoAnswer, context.DeadlineExceeded), queue.KindUnavailable},
		"canceled":                     {&smithyhttp.RequestSendError{Err: context.Canceled}, queue.KindCanceled},
		"deadline":                     {context.DeadlineExceeded, queue.KindCanceled},
		"closed":                       {errClosed, queue.KindClosed},
		"entry refused, not our fault": {entryError(types.BatchResultErrorEntry{Code: aws.String("Odd")}), queue.KindUnavailable},
		"entry refused, our fault":     {entryError(types.BatchResultErrorEntry{Code: aws.String("Odd"), SenderFault: true}), queue.KindUnknown},
		"none of ours":                 {errors.New("odd"), queue.KindUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want.String(), kindOf(fmt.Errorf("operation error SQS: Any, %w", c.err)).String())
		})
	}
}
