package wiki

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// NotFoundError says that there is no such article, or none with a text.
type NotFoundError struct {
	Title, Lang string
	// HasNoText: there is a page, without anything that could be quoted.
	HasNoText bool
}

func (e *NotFoundError) Error() string {
	if e.HasNoText {
		return fmt.Sprintf("the page %q of the Wikipedia in %q has no text to quote", e.Title, e.Lang)
	}
	return fmt.Sprintf("there is no article %q in the Wikipedia in %q", e.Title, e.Lang)
}

// UpstreamError says that Wikipedia could not be asked, or that its answer is
// of no use.
type UpstreamError struct {
	// Status is the answer's, 0 if there was none.
	Status int
	// RetryAfter is how long Wikipedia wants to be left alone; 0 if it did not
	// say.
	RetryAfter time.Duration
	// Temporary: asking again later may help.
	Temporary bool
	Err       error
}

func (e *UpstreamError) Error() string { return "asking Wikipedia: " + e.Err.Error() }
func (e *UpstreamError) Unwrap() error { return e.Err }

// isTimeout reports whether time ran out: the caller's or that of a request.
func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
