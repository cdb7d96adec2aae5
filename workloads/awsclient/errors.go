package awsclient

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/spotgrid/spotgrid/workloads/gcpclient"
)

// Class is a class of errors that all services have.
type Class int

// The classes. What a service alone has is Unknown.
const (
	Unknown     Class = iota
	NoAccess          // no credentials, credentials that do not work, or no permission
	Throttled         // too many calls
	Unavailable       // no answer, or one of a broken server
	Canceled          // the caller's context ended
)

// codes are the classes of codes that any service may answer with. Source: the
// page "Common Errors" of the services' API references.
var codes = map[string]Class{
	"AccessDenied":                NoAccess,
	"AccessDeniedException":       NoAccess,
	"AuthFailure":                 NoAccess,
	"ExpiredToken":                NoAccess,
	"ExpiredTokenException":       NoAccess,
	"IncompleteSignature":         NoAccess,
	"InvalidClientTokenId":        NoAccess,
	"InvalidSignatureException":   NoAccess,
	"MissingAuthenticationToken":  NoAccess,
	"NotAuthorized":               NoAccess,
	"OptInRequired":               NoAccess,
	"RequestExpired":              NoAccess, // or this machine's clock is wrong
	"SignatureDoesNotMatch":       NoAccess,
	"UnauthorizedOperation":       NoAccess,
	"UnrecognizedClientException": NoAccess,

	// Of STS alone, which all services need for assumed credentials. Source:
	// AssumeRoleWithWebIdentity in the STS API reference.
	"IDPRejectedClaim":        NoAccess,
	"InvalidIdentityToken":    NoAccess,
	"RegionDisabledException": NoAccess,
	"IDPCommunicationError":   Unavailable,

	"Throttling":               Throttled,
	"ThrottlingException":      Throttled,
	"ThrottledException":       Throttled,
	"TooManyRequestsException": Throttled,
	"RequestLimitExceeded":     Throttled,

	"InternalFailure":             Unavailable,
	"InternalServerError":         Unavailable,
	"ServiceUnavailable":          Unavailable,
	"ServiceUnavailableException": Unavailable,
	"RequestTimeout":              Unavailable,
}

// statuses are the classes of answers whose code is in no table, such as those
// of a proxy.
var statuses = map[int]Class{
	http.StatusUnauthorized:    NoAccess,
	http.StatusForbidden:       NoAccess,
	http.StatusTooManyRequests: Throttled,
	http.StatusRequestTimeout:  Unavailable,
}

// ClassOf classifies what a call of the SDK failed with.
func ClassOf(err error) Class {
	switch {
	case errors.Is(err, ErrNoCredentials), errors.Is(err, gcpclient.ErrNoIdentity):
		return NoAccess
	case errors.Is(err, gcpclient.ErrNoMetadata):
		return Unavailable
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Canceled
	}
	if c := codes[Code(err)]; c != Unknown {
		return c
	}
	var network *net.OpError
	var request *smithyhttp.RequestSendError
	if errors.As(err, &network) || errors.As(err, &request) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Unavailable
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		if response.HTTPStatusCode() >= http.StatusInternalServerError {
			return Unavailable
		}
		return statuses[response.HTTPStatusCode()]
	}
	return Unknown
}

// Code is the service's own code of an error, "" if it has none.
func Code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}
