package lambda

import (
	"errors"
	"fmt"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/invoke"
)

// errName marks a function's name that is no ARN.
var errName = errors.New("want arn:aws:lambda:REGION:ACCOUNT:function:NAME")

// codeKinds are the kinds of Lambda's own error codes. Source: the errors of
// Invoke in the Lambda API reference, and their comments in the SDK.
var codeKinds = map[string]invoke.Kind{
	"ResourceNotFoundException": invoke.KindNotFound,

	"InvalidRequestContentException": invoke.KindBadInput,
	"UnsupportedMediaTypeException":  invoke.KindBadInput,
	"InvalidParameterValueException": invoke.KindBadInput,

	"RequestTooLargeException":                 invoke.KindTooLarge,
	"SerializedRequestEntityTooLargeException": invoke.KindTooLarge,

	"KMSAccessDeniedException": invoke.KindDenied,
	"KMSDisabledException":     invoke.KindDenied,
	"KMSInvalidStateException": invoke.KindDenied,
	"KMSNotFoundException":     invoke.KindDenied,
	"EC2AccessDeniedException": invoke.KindDenied,

	"TooManyRequestsException": invoke.KindThrottled,
	"EC2ThrottledException":    invoke.KindThrottled,

	"ServiceException":                     invoke.KindUnavailable,
	"ResourceNotReadyException":            invoke.KindUnavailable,
	"ResourceConflictException":            invoke.KindUnavailable, // it is being changed
	"EC2UnexpectedException":               invoke.KindUnavailable,
	"ENILimitReachedException":             invoke.KindUnavailable,
	"ENINotReadyException":                 invoke.KindUnavailable,
	"SubnetIPAddressLimitReachedException": invoke.KindUnavailable,
	"EFSIOException":                       invoke.KindUnavailable,
	"EFSMountConnectivityException":        invoke.KindUnavailable,
	"EFSMountFailureException":             invoke.KindUnavailable,
	"EFSMountTimeoutException":             invoke.KindUnavailable,
}

// classKinds are the kinds of what all services of AWS answer.
var classKinds = map[awsclient.Class]invoke.Kind{
	awsclient.NoAccess:    invoke.KindDenied,
	awsclient.Throttled:   invoke.KindThrottled,
	awsclient.Unavailable: invoke.KindUnavailable,
	awsclient.Canceled:    invoke.KindCanceled,
}

// advice is what to do about the kinds of errors that a first call tends to
// have. Its verbs take the ARN's region and account.
var advice = map[invoke.Kind]string{
	invoke.KindNotFound:    "account %[2]s has no such function in %[1]s any more: was the stack changed since its outputs were read?",
	invoke.KindDenied:      "not allowed in %[1]s: do the credentials belong to account %[2]s, and may they lambda:InvokeFunction?",
	invoke.KindThrottled:   "the function did not run, account %[2]s or the function itself runs as many calls in %[1]s as it may: call again later",
	invoke.KindUnavailable: "Lambda in %[1]s cannot be reached, or cannot run the function now",
}

func kindOf(err error) invoke.Kind {
	if errors.Is(err, errName) {
		return invoke.KindBadInput
	}
	if k := codeKinds[awsclient.Code(err)]; k != invoke.KindUnknown {
		return k
	}
	return classKinds[awsclient.ClassOf(err)]
}

// explained adds advice.
func explained(region, account string, err error) error {
	text, ok := advice[kindOf(err)]
	if !ok || errors.Is(err, awsclient.ErrNoCredentials) {
		return err
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(text, region, account), err)
}
