// Command quote is the function quote as a program: it takes calls from the
// AWS Lambda runtime API at AWS_LAMBDA_RUNTIME_API, which Lambda offers, and so
// does the grid's agent on one machine.
package main

import (
	"errors"

	"github.com/spotgrid/spotgrid/workloads/event"
	"github.com/spotgrid/spotgrid/workloads/quote"
)

func main() { event.Start(event.Typed(quote.Handle), event.Options{BadInput: isBad}) }

func isBad(err error) bool {
	bad := (*quote.RequestError)(nil)
	return errors.As(err, &bad)
}
