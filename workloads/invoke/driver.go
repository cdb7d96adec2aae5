package invoke

import "context"

// Driver is what one target must do. Drivers are safe for concurrent use and
// pass invoketest.Run. None of them may run a function twice for one call:
// whoever called knows whether that is safe.
type Driver interface {
	// Invoke calls a function with a JSON payload, waits for its end and
	// returns how that was. function is what the target calls it: an ARN, say.
	// An error means that the function gave no answer: it may not have run,
	// or, after KindCanceled and KindUnavailable, may still be running.
	Invoke(ctx context.Context, function string, payload []byte) (Answer, error)
	// Kind classifies an error that Invoke returned.
	Kind(err error) Kind
	// Caps says what the target can do and its limits.
	Caps() Caps
}

// Answer is how a function ended.
type Answer struct {
	// Body is the JSON that the handler returned, or if Failed the error as
	// JSON: {"errorType": "…", "errorMessage": "…"}.
	Body []byte
	// Failed: the handler returned an error, crashed or ran out of time.
	Failed bool
	// LogTail is the end of what the function logged in this call, "" where
	// Caps.LogTail is false.
	LogTail string
}

// Caps are a target's capabilities and limits.
type Caps struct {
	// MaxPayloadBytes is the largest payload.
	MaxPayloadBytes int
	// LogTail: answers carry the end of the log.
	LogTail bool
}

// Kind is a class of errors that callers act on.
type Kind int

// The kinds of errors.
const (
	KindUnknown     Kind = iota
	KindBadInput         // no function has that name, or the payload is not JSON
	KindTooLarge         // the payload is over Caps.MaxPayloadBytes
	KindNotFound         // the target has no such function any more
	KindDenied           // not allowed
	KindThrottled        // too many calls at a time: the function did not run
	KindUnavailable      // the target cannot be reached, or did not answer in time
	KindCanceled         // the caller's context ended
)

var kindNames = [...]string{
	KindUnknown:     "unknown",
	KindBadInput:    "bad input",
	KindTooLarge:    "too large",
	KindNotFound:    "not found",
	KindDenied:      "denied",
	KindThrottled:   "throttled",
	KindUnavailable: "unavailable",
	KindCanceled:    "canceled",
}

// String is the kind in words.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return kindNames[KindUnknown]
	}
	return kindNames[k]
}
