package rest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
)

// Errors of calls that no service answered.
var (
	// ErrNoCredentials means that there are no application default credentials, or
	// none that still work.
	ErrNoCredentials = errors.New("no Google Cloud credentials: log in (`gcloud auth application-default login`), set GOOGLE_APPLICATION_CREDENTIALS, or give the machine a service account")
	errNoAnswer      = errors.New("the service did not answer in time")
	errBadAnswer     = errors.New("the answer is not the JSON that it should be")
)

// Error is an answer that refuses.
type Error struct {
	// Status is that of HTTP, 0 for an operation that was taken on and then failed.
	Status int
	// Reason is the service's own word for it, such as rateLimitExceeded; "": none.
	Reason  string
	Message string
}

// Error reads like: Google Cloud answered 403 rateLimitExceeded: message.
func (e *Error) Error() string {
	what := "answered " + fmt.Sprint(e.Status)
	if e.Status == 0 {
		what = "failed with"
	}
	if e.Reason != "" {
		what += " " + e.Reason
	}
	return fmt.Sprintf("Google Cloud %s: %s", what, cmp.Or(e.Message, "no reason given"))
}

// maxMessageBytes is how much of a message is kept.
const maxMessageBytes = 500

// refusal reads an answer that is no success. Source: "HTTP guidelines" of the
// Cloud APIs, and "Troubleshoot operation limits" of Compute Engine, which shows
// the form with reasons.
func refusal(status int, body []byte) error {
	var a struct {
		Error struct {
			Message string `json:"message"`
			Status  string `json:"status"`
			Errors  []struct {
				Reason string `json:"reason"`
			} `json:"errors"`
		} `json:"error"`
	}
	e := &Error{Status: status}
	if err := json.Unmarshal(body, &a); err != nil {
		e.Message = "the answer is not one of the API" // but of a proxy, say
		return e
	}
	e.Reason, e.Message = a.Error.Status, a.Error.Message
	if len(a.Error.Errors) > 0 && a.Error.Errors[0].Reason != "" {
		e.Reason = a.Error.Errors[0].Reason
	}
	if len(e.Message) > maxMessageBytes {
		e.Message = e.Message[:maxMessageBytes] + "…"
	}
	return e
}

// Class is a class of errors that callers act on.
type Class int

// The classes.
const (
	Unknown     Class = iota
	NoAccess          // no credentials, credentials that do not work, or no permission
	NotFound          // no such thing
	Throttled         // too many calls, or the thing is being changed: try again later
	Unavailable       // no answer, or one of a broken server: try again later
	Canceled          // the caller's context ended
)

// reasons are the classes of reasons, which say more than the status. Sources:
// "Compute Engine rate quotas and system limits" (403 with rateLimitExceeded; the
// quota is refilled every minute) and "Troubleshoot operation limits".
var reasons = map[string]Class{
	"rateLimitExceeded":                Throttled,
	"userRateLimitExceeded":            Throttled,
	"RATE_LIMIT_EXCEEDED":              Throttled,
	"RESOURCE_EXHAUSTED":               Throttled,
	"RESOURCE_OPERATION_RATE_EXCEEDED": Throttled,
	"resourceNotReady":                 Throttled, // another change of it is under way
	"RESOURCE_NOT_READY":               Throttled,
}

// statuses are the classes of answers by their HTTP status, for reasons that are
// in no table. Source: "Error codes" in the Cloud APIs' design guide.
var statuses = map[int]Class{
	http.StatusUnauthorized:    NoAccess,
	http.StatusForbidden:       NoAccess,
	http.StatusNotFound:        NotFound,
	http.StatusTooManyRequests: Throttled,
	http.StatusRequestTimeout:  Unavailable,
}

// ClassOf classifies what Client.Do failed with.
func ClassOf(err error) Class {
	var refused *Error
	switch {
	case errors.Is(err, ErrNoCredentials):
		return NoAccess
	case errors.Is(err, errNoAnswer):
		return Unavailable
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Canceled
	case errors.As(err, &refused):
		if c := reasons[refused.Reason]; c != Unknown {
			return c
		}
		if refused.Status >= http.StatusInternalServerError {
			return Unavailable
		}
		return statuses[refused.Status]
	}
	var network *net.OpError
	if errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return Unavailable
	}
	return Unknown
}
