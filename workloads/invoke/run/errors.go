package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/invoke"
)

var (
	// errName marks a function's name that is no URL.
	errName = errors.New("want https://HOST of a service on Cloud Run")
	// errNoToken is of a caller that cannot prove who it is. A user's own
	// credentials give no tokens for an audience, those of accounts do.
	errNoToken = errors.New("no credentials of Google Cloud that give identity tokens: on a machine of Google's give it a service account; elsewhere run `gcloud auth application-default login --impersonate-service-account=ACCOUNT`, or set GOOGLE_APPLICATION_CREDENTIALS; ACCOUNT needs roles/run.invoker on the function")
)

// statusKinds are the kinds of what Cloud Run answers where the function does
// not. Source: https://cloud.google.com/run/docs/troubleshooting
var statusKinds = map[int]invoke.Kind{
	http.StatusBadRequest:            invoke.KindBadInput,
	http.StatusUnauthorized:          invoke.KindDenied,
	http.StatusForbidden:             invoke.KindDenied,
	http.StatusNotFound:              invoke.KindNotFound,
	http.StatusRequestEntityTooLarge: invoke.KindTooLarge,
	http.StatusTooManyRequests:       invoke.KindThrottled,
	http.StatusInternalServerError:   invoke.KindUnavailable,
	http.StatusBadGateway:            invoke.KindUnavailable,
	http.StatusServiceUnavailable:    invoke.KindUnavailable,
	http.StatusGatewayTimeout:        invoke.KindUnavailable,
}

// advice is what to do about the kinds of errors that a first call tends to
// have.
var advice = map[invoke.Kind]string{
	invoke.KindUnknown:     "calling the service failed",
	invoke.KindBadInput:    "the service takes no such call",
	invoke.KindDenied:      "not allowed: do the credentials have roles/run.invoker on the service?",
	invoke.KindNotFound:    "there is no such service any more, or it lets in calls of its project's networks only: was the stack changed since its outputs were read?",
	invoke.KindTooLarge:    "the payload is too large",
	invoke.KindThrottled:   "the function did not run, as many calls as it may take are under way: call again later",
	invoke.KindUnavailable: "the service cannot be reached, crashed or ran out of time, and may have done its work: its log says which",
}

// statusError is an answer in the function's stead.
type statusError struct {
	status int
	text   string
}

// Error reads like: cannot be reached: 503 Service Unavailable (text).
func (e *statusError) Error() string {
	text := fmt.Sprintf("%s: %d %s", advice[kindOf(e)], e.status, http.StatusText(e.status))
	if e.text != "" {
		text += " (" + e.text + ")"
	}
	return text
}

// lostError is a call whose answer did not come, or not in whole.
type lostError struct {
	doing string
	err   error
}

func (e *lostError) Error() string {
	return fmt.Sprintf("%s: %s: %v", advice[invoke.KindUnavailable], e.doing, e.err)
}
func (e *lostError) Unwrap() error { return e.err }

func kindOf(err error) invoke.Kind {
	var status *statusError
	var lost *lostError
	switch {
	case errors.Is(err, errName):
		return invoke.KindBadInput
	case errors.Is(err, errNoToken):
		return invoke.KindDenied
	case errors.As(err, &status):
		return statusKinds[status.status]
	case errors.As(err, &lost): // which may be a time-out, but not the caller's
		return invoke.KindUnavailable
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return invoke.KindCanceled
	}
	return invoke.KindUnknown
}

// maxRawBytes is how much is shown of an answer that is not the function's.
const maxRawBytes = 300

// refusal is what a platform, or a function that was not asked properly,
// answers.
func refusal(response *http.Response, body []byte) error {
	e := &statusError{status: response.StatusCode, text: string(body[:min(len(body), maxRawBytes)])}
	if text := problem(body); text != "" {
		e.text = text
	} else if strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		e.text = "" // a page for people, of which the status says all
	}
	e.text = strings.TrimSpace(e.text)
	return e
}

// problem is the error that package event writes, "" if it is none.
func problem(body []byte) string {
	var p struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &p) != nil {
		return ""
	}
	return p.Error
}

// failed has the form of errors that the portable part reads.
func failed(errorType string, body []byte) (invoke.Answer, error) {
	var p struct {
		Error string `json:"error"`
		ID    string `json:"requestId"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		p.Error = string(body[:min(len(body), maxRawBytes)])
	}
	if p.ID != "" {
		p.Error += ", see its log of trace " + p.ID
	}
	text, err := json.Marshal(map[string]string{"errorType": errorType, "errorMessage": p.Error})
	return invoke.Answer{Body: text, Failed: true}, err
}
