// Package invoketest is the suite that every invoke driver passes, with the
// function that it calls.
package invoketest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	awslambda "github.com/aws/aws-lambda-go/lambda"

	"github.com/spotgrid/spotgrid/workloads/event"
)

// Play lets the test binary play the suite's function where it was started as
// one, on Lambda or on Cloud Run, and does not return then. TestMain calls it
// first.
func Play() {
	switch {
	case os.Getenv("AWS_LAMBDA_RUNTIME_API") != "":
		awslambda.Start(handle)
	case os.Getenv("K_SERVICE") != "":
		event.Start(event.Typed(handle), event.Options{BadInput: isRefused})
		os.Exit(0)
	}
}

func isRefused(err error) bool {
	r := (*refused)(nil)
	return errors.As(err, &r)
}

// TimeoutSeconds is what harnesses declare the suite's function with.
const TimeoutSeconds = 2

// request is what the function is told to do.
type request struct {
	Do    string          `json:"do"`
	Value json.RawMessage `json:"value,omitempty"`
}

// refused is an error with a name of its own.
type refused struct{ text string }

func (r *refused) Error() string { return r.text }

// logged is what the function prints in each call, before what it was told.
const logged = "the function was told to "

func handle(ctx context.Context, r request) (json.RawMessage, error) {
	fmt.Fprintln(os.Stderr, logged+r.Do)
	switch r.Do {
	case "fail":
		return nil, &refused{"it was asked to"}
	case "hang":
		<-time.After(time.Minute)
	case "crash":
		os.Exit(5)
	}
	return r.Value, nil
}
