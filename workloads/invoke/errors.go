package invoke

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Error is why a call gave no answer.
type Error struct {
	Function string
	Kind     Kind
	Err      error
}

// Error reads like: calling function "quote": cause.
func (e *Error) Error() string { return fmt.Sprintf("calling function %q: %v", e.Function, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of an error that Invoke returned, else KindUnknown. A
// FunctionError has none: the call itself worked.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindUnknown
}

// FunctionError is what a function failed with: its handler's own error, a
// crash, or the end of its time.
type FunctionError struct {
	Function string
	// Type is the class of the error: the Go type of what the handler
	// returned, or the platform's word for a crash or a time-out; "" if it
	// has none.
	Type    string
	Message string
	// LogTail is the end of what the function logged, "" where the target
	// does not tell.
	LogTail string
}

// Error reads like: function "quote" failed: cause (errorString).
func (e *FunctionError) Error() string {
	text := fmt.Sprintf("function %q failed: %s", e.Function, e.Message)
	if e.Type != "" {
		text += " (" + e.Type + ")"
	}
	return text
}

// maxRawBytes is how much is shown of an error that has not the usual form.
const maxRawBytes = 1000

// functionError reads the form of error that Lambda's runtimes write. Source:
// "Using the Lambda runtime API", invocation error.
func functionError(function string, a Answer) error {
	var body struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}
	if err := json.Unmarshal(a.Body, &body); err != nil || body.Message == "" && body.Type == "" {
		body.Type, body.Message = "", string(a.Body[:min(len(a.Body), maxRawBytes)])
	}
	return &FunctionError{Function: function, Type: body.Type, Message: body.Message, LogTail: a.LogTail}
}
