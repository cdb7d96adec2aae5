package mig

import (
	"errors"

	"github.com/spotgrid/spotgrid/workloads/machinegroup"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
)

// errorKinds are the kinds of error values, found by errors.Is. The first that
// fits counts.
var errorKinds = []struct {
	err  error
	kind machinegroup.Kind
}{
	{errClosed, machinegroup.KindClosed},
	{errAtMinimum, machinegroup.KindAtMinimum},
	{errNoZone, machinegroup.KindUnavailable},
}

// classKinds are the kinds of the errors of calls.
var classKinds = map[rest.Class]machinegroup.Kind{
	rest.NoAccess:    machinegroup.KindDenied,
	rest.NotFound:    machinegroup.KindNotFound,
	rest.Throttled:   machinegroup.KindThrottled,
	rest.Unavailable: machinegroup.KindUnavailable,
	rest.Canceled:    machinegroup.KindCanceled,
}

// kindOf classifies what this package and the service fail with.
func kindOf(err error) machinegroup.Kind {
	for _, e := range errorKinds {
		if errors.Is(err, e.err) {
			return e.kind
		}
	}
	return classKinds[rest.ClassOf(err)]
}
