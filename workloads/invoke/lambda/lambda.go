// Package lambda is the invoke driver for AWS Lambda.
package lambda

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/invoke"
)

// maxPayloadBytes is the most that a synchronous call takes: 6 MB, taken for 6
// MiB; what Lambda counts otherwise it refuses itself. Source: Invoke in the
// Lambda API reference.
const maxPayloadBytes = 6 << 20

// Driver calls functions by their ARN, each in its own region.
type Driver struct{ client *awslambda.Client }

var _ invoke.Driver = (*Driver)(nil)

// New sets up the SDK with its default chain of credentials. It calls nothing.
func New(ctx context.Context) (*Driver, error) {
	// The region is that of each function's ARN; this one only has to be there.
	cfg, err := awsclient.Config(ctx, "us-east-1")
	if err != nil {
		return nil, err
	}
	return &Driver{client: awslambda.NewFromConfig(cfg, func(o *awslambda.Options) { o.Retryer = onlyThrottled() })}, nil
}

// onlyThrottled calls again only what Lambda refused for too many calls, up to
// three times within seconds. After any other error the function may have run.
func onlyThrottled() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.Retryables = []retry.IsErrorRetryable{retry.RetryableErrorCode{Codes: retry.DefaultThrottleErrorCodes}}
	})
}

// Invoke implements invoke.Driver. function is an ARN.
func (d *Driver) Invoke(ctx context.Context, function string, payload []byte) (invoke.Answer, error) {
	a, err := parse(function)
	if err != nil {
		return invoke.Answer{}, err
	}
	out, err := d.client.Invoke(ctx, &awslambda.InvokeInput{
		FunctionName: &function, Payload: payload,
		InvocationType: types.InvocationTypeRequestResponse, LogType: types.LogTypeTail,
	}, func(o *awslambda.Options) { o.Region = a.Region })
	if err != nil {
		return invoke.Answer{}, explained(a.Region, a.AccountID, err)
	}
	// What of the log cannot be read is not worth losing the answer for.
	log, _ := base64.StdEncoding.DecodeString(aws.ToString(out.LogResult))
	return invoke.Answer{Body: out.Payload, Failed: aws.ToString(out.FunctionError) != "", LogTail: string(log)}, nil
}

func parse(function string) (arn.ARN, error) {
	a, err := arn.Parse(function)
	if err == nil && a.Service == "lambda" && a.Region != "" && a.AccountID != "" && strings.HasPrefix(a.Resource, "function:") {
		return a, nil
	}
	return arn.ARN{}, fmt.Errorf("the function is %q, %w", function, errName)
}

// Kind implements invoke.Driver.
func (d *Driver) Kind(err error) invoke.Kind { return kindOf(err) }

// Caps implements invoke.Driver. The tail of the log is its last 4 KB.
func (d *Driver) Caps() invoke.Caps {
	return invoke.Caps{MaxPayloadBytes: maxPayloadBytes, LogTail: true}
}
