// Package agent is the invoke driver for local grids: the grid's agent runs
// the functions and is called as Lambda is.
package agent

import (
	"context"
	"errors"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/lambda"
	"github.com/spotgrid/spotgrid/workloads/invoke"
)

// Driver calls the functions of one agent.
type Driver struct{ client *api.Client }

var _ invoke.Driver = (*Driver)(nil)

// New makes a driver of a client; the functions' names are those they were
// declared to the agent with.
func New(c *api.Client) *Driver { return &Driver{client: c} }

// Invoke implements invoke.Driver.
func (d *Driver) Invoke(ctx context.Context, function string, payload []byte) (invoke.Answer, error) {
	body, err := d.client.Invoke(ctx, function, payload)
	var failed *api.FunctionError
	if errors.As(err, &failed) {
		return invoke.Answer{Body: []byte(failed.Answer), Failed: true}, nil
	}
	return invoke.Answer{Body: body}, err
}

// Kind implements invoke.Driver.
func (d *Driver) Kind(err error) invoke.Kind {
	switch {
	case errors.Is(err, api.ErrNotFound):
		return invoke.KindNotFound
	case errors.Is(err, api.ErrDown):
		return invoke.KindUnavailable
	case strings.Contains(err.Error(), lambda.ErrThrottled.Error()): // its text comes over HTTP
		return invoke.KindThrottled
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return invoke.KindCanceled
	}
	return invoke.KindUnknown
}

// Caps implements invoke.Driver. What functions log is in the agent's folder.
func (d *Driver) Caps() invoke.Caps {
	return invoke.Caps{MaxPayloadBytes: lambda.MaxPayloadBytes}
}
