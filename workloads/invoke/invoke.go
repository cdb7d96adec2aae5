// Package invoke calls a grid's functions by name: JSON in, JSON out, or an
// error that tells what the function failed with. There is one driver package
// per target (lambda, agent), one that runs a built program without any grid
// (program), and every driver passes the suite in invoketest.
package invoke

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Invoker calls the functions of one grid. It is safe for concurrent use. It
// never calls twice: what a function does may not bear that.
type Invoker struct {
	driver    Driver
	functions map[string]string
}

// New makes an Invoker. functions maps names to what the target calls them, as
// in a grid's outputs.
func New(d Driver, functions map[string]string) *Invoker {
	return &Invoker{driver: d, functions: functions}
}

// Names lists the functions there are.
func (i *Invoker) Names() []string { return slices.Sorted(maps.Keys(i.functions)) }

// errNoAnswer ends a call that took too long.
var errNoAnswer = errors.New("it did not answer in time and may still be running")

// Invoke calls the function of that name with a JSON payload and waits up to
// limit (0: for ever) for its answer. The error is *FunctionError if the
// function ran and failed, else *Error. Faults of the name and the payload are
// found before anything is called, all of them.
func (i *Invoker) Invoke(ctx context.Context, name string, payload []byte, limit time.Duration) (Answer, error) {
	if kind, err := i.check(name, payload); err != nil {
		return Answer{}, &Error{Function: name, Kind: kind, Err: err}
	}
	bound := ctx
	if limit > 0 {
		var cancel context.CancelFunc
		bound, cancel = context.WithTimeoutCause(ctx, limit, errNoAnswer)
		defer cancel()
	}
	a, err := i.driver.Invoke(bound, i.functions[name], payload)
	switch {
	case err == nil && a.Failed:
		return Answer{}, functionError(name, a)
	case err == nil:
		return a, nil
	case ctx.Err() != nil:
		return Answer{}, &Error{Function: name, Kind: KindCanceled, Err: context.Cause(ctx)}
	case errors.Is(context.Cause(bound), errNoAnswer):
		return Answer{}, &Error{Function: name, Kind: KindUnavailable, Err: fmt.Errorf("waited %s: %w", limit, errNoAnswer)}
	}
	return Answer{}, &Error{Function: name, Kind: i.driver.Kind(err), Err: err}
}

// check returns every fault of what the caller gave.
func (i *Invoker) check(name string, payload []byte) (Kind, error) {
	kind := KindBadInput
	var errs []error
	if _, ok := i.functions[name]; !ok {
		errs = append(errs, fmt.Errorf("there is no function %q, want %s", name, i.choice()))
	}
	if most := i.driver.Caps().MaxPayloadBytes; len(payload) > most {
		kind = KindTooLarge
		errs = append(errs, fmt.Errorf("the payload is %d bytes, at most %d fit; put large inputs on the volume", len(payload), most))
	} else if !json.Valid(payload) {
		errs = append(errs, fmt.Errorf("the payload is not JSON: %w", syntax(payload)))
	}
	return kind, errors.Join(errs...)
}

// syntax says where JSON is malformed.
func syntax(payload []byte) error {
	var v any
	err := json.Unmarshal(payload, &v)
	var at *json.SyntaxError
	if errors.As(err, &at) && len(payload) > 0 {
		return fmt.Errorf("%w, at byte %d", err, at.Offset)
	}
	return err
}

func (i *Invoker) choice() string {
	switch names := i.Names(); len(names) {
	case 0:
		return "none: the grid has no function"
	case 1:
		return names[0]
	default:
		return "one of " + strings.Join(names, ", ")
	}
}
