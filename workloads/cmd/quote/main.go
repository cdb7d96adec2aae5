// Command quote is the function quote as a program: it takes requests from the
// AWS Lambda runtime API at AWS_LAMBDA_RUNTIME_API, which Lambda offers, and so
// does the grid's agent on one machine.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/spotgrid/spotgrid/workloads/quote"
)

func main() { lambda.Start(quote.Handle) }
