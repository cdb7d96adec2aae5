package asg

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/machinegroup"
)

// Errors of this driver.
var (
	errClosed   = errors.New("the driver was closed")
	errNoAnswer = errors.New("EC2 Auto Scaling did not answer in time")
)

// errorKinds are the kinds of error values, found by errors.Is. The first that
// fits counts.
var errorKinds = []struct {
	err  error
	kind machinegroup.Kind
}{
	{errClosed, machinegroup.KindClosed},
	{errNoAnswer, machinegroup.KindUnavailable},
}

// codeKinds are the kinds of error codes of EC2 Auto Scaling alone. Source: the
// errors of SetInstanceProtection and CompleteLifecycleAction in its API
// reference.
var codeKinds = map[string]machinegroup.Kind{
	"ResourceContention": machinegroup.KindThrottled, // another change of the group is under way
}

// messageKinds are the kinds of errors whose code says too little, by words in
// their message. AWS does not document these texts; they are as users report
// them, and one that is not known here is KindUnknown.
var messageKinds = []struct {
	code, words string
	kind        machinegroup.Kind
}{
	{"ValidationError", "AutoScalingGroup name not found", machinegroup.KindNotFound},
	{"ValidationError", "is not part of Auto Scaling group", machinegroup.KindNotFound},
	{"ValidationError", "is not in InService", machinegroup.KindWrongState}, // … or EnteringStandby or Standby
	{"ValidationError", "No active Lifecycle Action found", machinegroup.KindWrongState},
}

// classKinds are the kinds of errors that all services have.
var classKinds = map[awsclient.Class]machinegroup.Kind{
	awsclient.NoAccess:    machinegroup.KindDenied,
	awsclient.Throttled:   machinegroup.KindThrottled,
	awsclient.Unavailable: machinegroup.KindUnavailable,
	awsclient.Canceled:    machinegroup.KindCanceled,
}

// kindOf classifies what this package, the SDK and the service fail with.
func kindOf(err error) machinegroup.Kind {
	for _, e := range errorKinds {
		if errors.Is(err, e.err) {
			return e.kind
		}
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		if kind, ok := codeKinds[api.ErrorCode()]; ok {
			return kind
		}
		for _, m := range messageKinds {
			if api.ErrorCode() == m.code && strings.Contains(api.ErrorMessage(), m.words) {
				return m.kind
			}
		}
	}
	return classKinds[awsclient.ClassOf(err)]
}
