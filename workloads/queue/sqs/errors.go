package sqs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/gcpclient"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/leaseclock"
)

// Errors of this driver.
var (
	errClosed       = errors.New("the driver was closed")
	errNoAnswer     = errors.New("SQS did not answer in time")
	errUnanswered   = errors.New("SQS did not say whether it stored the message")
	errUnconfirmed  = errors.New("SQS did not say whether it removed the message")
	errReceipt      = errors.New("the receipt is of another driver")
	errBodyTooLarge = errors.New("the body is too large")
	errNoVisibility = errors.New("its visibility timeout is 0 s, which is no lease: set it to 1 s..12 h")
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
	{errUnconfirmed, queue.KindUnavailable},
	{awsclient.ErrNoCredentials, queue.KindDenied},
	{gcpclient.ErrNoIdentity, queue.KindDenied},
	{gcpclient.ErrNoMetadata, queue.KindUnavailable},
	{context.Canceled, queue.KindCanceled},
	{context.DeadlineExceeded, queue.KindCanceled},
	{io.EOF, queue.KindUnavailable},
	{io.ErrUnexpectedEOF, queue.KindUnavailable},
}

// codePrefixes are left out of codes: SQS puts the first before some of the
// codes that its older protocol has, KMS the second.
var codePrefixes = []string{"AWS.SimpleQueueService.", "KMS."}

// codeKinds are the kinds of SQS error codes, without codePrefixes. Source: the
// errors of each action in the SQS API reference, and its common errors.
var codeKinds = map[string]queue.Kind{
	"QueueDoesNotExist":         queue.KindNotFound,
	"NonExistentQueue":          queue.KindNotFound,
	"QueueDeletedRecently":      queue.KindNotFound,
	"InvalidAddress":            queue.KindNotFound,
	"ResourceNotFoundException": queue.KindNotFound,

	"AccessDenied":                queue.KindDenied,
	"AccessDeniedException":       queue.KindDenied, // also KMS
	"KmsAccessDenied":             queue.KindDenied,
	"KmsDisabled":                 queue.KindDenied,
	"DisabledException":           queue.KindDenied, // KMS
	"KmsInvalidState":             queue.KindDenied,
	"InvalidStateException":       queue.KindDenied, // KMS
	"KmsInvalidKeyUsage":          queue.KindDenied,
	"InvalidKeyUsageException":    queue.KindDenied, // KMS
	"KmsNotFound":                 queue.KindDenied,
	"NotFoundException":           queue.KindDenied, // KMS: the key
	"KmsOptInRequired":            queue.KindDenied,
	"OptInRequired":               queue.KindDenied,
	"InvalidSecurity":             queue.KindDenied,
	"NotAuthorized":               queue.KindDenied,
	"AuthFailure":                 queue.KindDenied,
	"ExpiredToken":                queue.KindDenied,
	"ExpiredTokenException":       queue.KindDenied,
	"RequestExpired":              queue.KindDenied, // or this machine's clock is wrong
	"IncompleteSignature":         queue.KindDenied,
	"SignatureDoesNotMatch":       queue.KindDenied,
	"InvalidSignatureException":   queue.KindDenied,
	"InvalidAccessKeyId":          queue.KindDenied,
	"InvalidClientTokenId":        queue.KindDenied,
	"InvalidIdentityToken":        queue.KindDenied, // STS, from Google Cloud
	"MissingAuthenticationToken":  queue.KindDenied,
	"UnrecognizedClientException": queue.KindDenied,

	"OverLimit":                 queue.KindThrottled, // 120,000 messages in flight
	"RequestThrottled":          queue.KindThrottled,
	"KmsThrottled":              queue.KindThrottled,
	"Throttling":                queue.KindThrottled,
	"ThrottlingException":       queue.KindThrottled, // also KMS
	"ThrottledException":        queue.KindThrottled,
	"RequestThrottledException": queue.KindThrottled,
	"RequestLimitExceeded":      queue.KindThrottled,
	"TooManyRequestsException":  queue.KindThrottled,
	"SlowDown":                  queue.KindThrottled,

	"ReceiptHandleIsInvalid": queue.KindLeaseLost,
	"MessageNotInflight":     queue.KindLeaseLost,

	// Bodies are encoded, so contents can only be refused for their size.
	"InvalidMessageContents": queue.KindTooLarge,
	"BatchRequestTooLong":    queue.KindTooLarge,
	"MessageTooLong":         queue.KindTooLarge,
	"RequestEntityTooLarge":  queue.KindTooLarge,

	"InternalError":               queue.KindUnavailable,
	"InternalFailure":             queue.KindUnavailable,
	"InternalServerError":         queue.KindUnavailable,
	"ServiceUnavailable":          queue.KindUnavailable,
	"ServiceUnavailableException": queue.KindUnavailable,
	"RequestTimeout":              queue.KindUnavailable,
	"RequestTimeoutException":     queue.KindUnavailable,
}

// messageKinds are the kinds of errors whose code says too little, by words in
// their message.
var messageKinds = []struct {
	code, words string
	kind        queue.Kind
}{
	{"InvalidParameterValue", "not available for visibility timeout change", queue.KindLeaseLost},
	{"InvalidParameterValue", "receipt handle has expired", queue.KindLeaseLost},
	{"InvalidParameterValue", "Message must be shorter than", queue.KindTooLarge},
}

// statusKinds are the kinds of answers that have no code of SQS, such as those
// of a proxy.
var statusKinds = map[int]queue.Kind{
	http.StatusForbidden:             queue.KindDenied,
	http.StatusUnauthorized:          queue.KindDenied,
	http.StatusTooManyRequests:       queue.KindThrottled,
	http.StatusRequestEntityTooLarge: queue.KindTooLarge,
	http.StatusRequestTimeout:        queue.KindUnavailable,
}

// kindOf classifies what this package, the SDK and SQS fail with.
func kindOf(err error) queue.Kind {
	for _, e := range errorKinds {
		if errors.Is(err, e.err) {
			return e.kind
		}
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		kind := codeKind(api)
		if kind == queue.KindUnknown && api.ErrorFault() == smithy.FaultServer {
			kind = queue.KindUnavailable
		}
		if kind != queue.KindUnknown {
			return kind
		}
	}
	var request *smithyhttp.RequestSendError
	var network *net.OpError
	if errors.As(err, &request) || errors.As(err, &network) {
		return queue.KindUnavailable
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		if response.HTTPStatusCode() >= http.StatusInternalServerError {
			return queue.KindUnavailable
		}
		return statusKinds[response.HTTPStatusCode()]
	}
	return queue.KindUnknown
}

func codeKind(api smithy.APIError) queue.Kind {
	code := api.ErrorCode()
	for _, prefix := range codePrefixes {
		code = strings.TrimPrefix(code, prefix)
	}
	if kind, ok := codeKinds[code]; ok {
		return kind
	}
	for _, m := range messageKinds {
		if code == m.code && strings.Contains(api.ErrorMessage(), m.words) {
			return m.kind
		}
	}
	return queue.KindUnknown
}

// entryError is why SQS refused one entry of a batch.
func entryError(e types.BatchResultErrorEntry) error {
	fault := smithy.FaultServer
	if e.SenderFault {
		fault = smithy.FaultClient
	}
	return &smithy.GenericAPIError{Code: aws.ToString(e.Code), Message: aws.ToString(e.Message), Fault: fault}
}

func failed(op queue.Op, name string, err error) error {
	return &queue.Error{Op: op, Queue: name, Kind: kindOf(err), Err: err}
}

// openError adds what to do about the errors that a first call tends to have.
func openError(a address, err error) error {
	switch kindOf(err) {
	case queue.KindNotFound:
		return fmt.Errorf("account %s has no such queue in %s; are its name, account and region right, and was it declared? %w", a.account, a.region, err)
	case queue.KindDenied:
		if !errors.Is(err, awsclient.ErrNoCredentials) {
			return fmt.Errorf("not allowed; do the credentials belong to account %s, and may they sqs:GetQueueAttributes? %w", a.account, err)
		}
	}
	return err
}
