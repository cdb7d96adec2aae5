package asg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/machinegroup"
)

func code(code string) error { return &smithy.GenericAPIError{Code: code, Message: "no"} }

func invalid(message string) error {
	return &smithy.GenericAPIError{Code: "ValidationError", Message: message}
}

func status(status int, cause error) error {
	return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: cause}
}

func TestKind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want machinegroup.Kind
	}{
		"no such group":             {invalid("AutoScalingGroup name not found - AutoScalingGroup grid not found"), machinegroup.KindNotFound},
		"not in the group":          {invalid("The instance i-01234567 is not part of Auto Scaling group grid."), machinegroup.KindNotFound},
		"not in service":            {invalid("The instance i-01234567 is not in InService or EnteringStandby or Standby."), machinegroup.KindWrongState},
		"no action":                 {invalid("No active Lifecycle Action found with instance ID i-01234567"), machinegroup.KindWrongState},
		"another invalid request":   {invalid("1 validation error detected"), machinegroup.KindUnknown},
		"denied":                    {code("AccessDenied"), machinegroup.KindDenied},
		"expired credentials":       {code("ExpiredToken"), machinegroup.KindDenied},
		"no credentials":            {fmt.Errorf("%w (%w)", awsclient.ErrNoCredentials, context.DeadlineExceeded), machinegroup.KindDenied},
		"forbidden without a code":  {status(http.StatusForbidden, io.ErrShortBuffer), machinegroup.KindDenied},
		"throttled":                 {code("Throttling"), machinegroup.KindThrottled},
		"throttled though 5xx":      {status(503, code("RequestLimitExceeded")), machinegroup.KindThrottled},
		"another change":            {&types.ResourceContentionFault{}, machinegroup.KindThrottled},
		"internal":                  {code("InternalFailure"), machinegroup.KindUnavailable},
		"5xx without a code":        {status(502, io.ErrShortBuffer), machinegroup.KindUnavailable},
		"unknown code, their fault": {status(500, code("Odd")), machinegroup.KindUnavailable},
		"unknown code":              {status(400, code("Odd")), machinegroup.KindUnknown},
		"connection refused":        {status(0, &smithyhttp.RequestSendError{Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}), machinegroup.KindUnavailable},
		"connection cut":            {status(200, io.ErrUnexpectedEOF), machinegroup.KindUnavailable},
		"no answer":                 {fmt.Errorf("%w (%w)", errNoAnswer, context.DeadlineExceeded), machinegroup.KindUnavailable},
		"canceled":                  {&smithyhttp.RequestSendError{Err: context.Canceled}, machinegroup.KindCanceled},
		"closed":                    {errClosed, machinegroup.KindClosed},
		"none of ours":              {errors.New("odd"), machinegroup.KindUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want.String(), kindOf(fmt.Errorf("operation error Auto Scaling: Any, %w", c.err)).String())
		})
	}
}
