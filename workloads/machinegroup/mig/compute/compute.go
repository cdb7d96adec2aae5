// Package compute makes the calls of Compute Engine's REST API that a grid needs:
// those that look at a managed instance group, size it, and delete machines of
// it. All facts are from "REST Resource: instanceGroupManagers" and
// "regionInstanceGroupManagers" in the API's reference, version 1.
package compute

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
)

// EndpointVariable is the environment variable that sends the calls elsewhere:
// what stands before /projects, with https, or with http on this machine.
const EndpointVariable = "SPOTGRID_COMPUTE_ENDPOINT"

// endpoint is where Compute Engine is.
const endpoint = "https://compute.googleapis.com/compute/v1"

// Client makes the calls. It is safe for concurrent use and does not retry; its
// errors are those of package rest.
type Client struct{ rest *rest.Client }

// New makes a client with application default credentials. It calls nothing.
func New() (*Client, error) {
	r, err := rest.New(rest.Options{Base: cmp.Or(os.Getenv(EndpointVariable), endpoint)})
	if err != nil {
		return nil, err
	}
	return &Client{rest: r}, nil
}

// Size is how large a group is and should be.
type Size struct {
	// Target is how many machines the group keeps trying to have.
	Target int
	// Running is how many run and are not about to end.
	Running int
}

// Size looks at the group. It needs compute.instanceGroupManagers.get.
func (c *Client) Size(ctx context.Context, g Group) (Size, error) {
	var a struct {
		TargetSize     int `json:"targetSize"`
		CurrentActions struct {
			None       int `json:"none"`
			Refreshing int `json:"refreshing"`
			Verifying  int `json:"verifying"`
		} `json:"currentActions"`
	}
	err := c.rest.Do(ctx, rest.Call{
		Method: http.MethodGet, Path: g.path(), Out: &a,
		Query: url.Values{"fields": {"targetSize,currentActions"}},
	})
	actions := a.CurrentActions
	return Size{Target: a.TargetSize, Running: actions.None + actions.Refreshing + actions.Verifying}, err
}

// operation is what a change answers with: it is done when it is planned, and
// what it plans takes longer. Errors that are known at once are in it.
type operation struct {
	Error struct {
		Errors []struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"errors"`
	} `json:"error"`
}

func (o operation) err() error {
	if len(o.Error.Errors) == 0 {
		return nil
	}
	return &rest.Error{Reason: o.Error.Errors[0].Code, Message: o.Error.Errors[0].Message}
}

// Resize sets how many machines the group keeps trying to have. Which it deletes
// when there are more is up to it. It needs compute.instanceGroupManagers.update.
func (c *Client) Resize(ctx context.Context, g Group, size int) error {
	var o operation
	err := c.rest.Do(ctx, rest.Call{
		Method: http.MethodPost, Path: g.path() + "/resize", Out: &o,
		Query: url.Values{"size": {strconv.Itoa(size)}},
	})
	return cmp.Or(err, o.err())
}

// Delete deletes machines of the group, as "zones/ZONE/instances/NAME", 1000 at
// most, and makes its target so much smaller. Machines that are not of the group
// (any more), or are on their way out already, are skipped. It needs
// compute.instanceGroupManagers.update.
func (c *Client) Delete(ctx context.Context, g Group, machines ...string) error {
	var o operation
	err := c.rest.Do(ctx, rest.Call{
		Method: http.MethodPost, Path: g.path() + "/deleteInstances", Out: &o,
		In: map[string]any{"instances": machines, "skipInstancesOnValidationError": true},
	})
	return cmp.Or(err, o.err())
}

// Machine is a machine of a group, which may not exist yet.
type Machine struct {
	// URL names it; there is one before there is a machine.
	URL string `json:"instance"`
	// Status is such as RUNNING, "" if there is no machine.
	Status string `json:"instanceStatus"`
	// Action is what the group is about to do with it, such as CREATING, or NONE.
	Action string `json:"currentAction"`
}

// Machines lists the group's machines, those of the first page where the group
// lists them in pages. It needs compute.instanceGroupManagers.get.
func (c *Client) Machines(ctx context.Context, g Group) ([]Machine, error) {
	var a struct {
		Machines []Machine `json:"managedInstances"`
	}
	err := c.rest.Do(ctx, rest.Call{
		Method: http.MethodPost, Path: g.path() + "/listManagedInstances", Out: &a,
		Query: url.Values{"maxResults": {"500"}, "fields": {"managedInstances(instance,instanceStatus,currentAction)"}},
	})
	return a.Machines, err
}

// Failure is something that the group could not do with a machine.
type Failure struct {
	At time.Time
	// Action is what it tried, such as CREATING.
	Action string
	// Code says why it failed, such as ZONE_RESOURCE_POOL_EXHAUSTED.
	Code string
}

// Failures lists what the group could not do lately, a page of it. It needs
// compute.instanceGroupManagers.get.
func (c *Client) Failures(ctx context.Context, g Group) ([]Failure, error) {
	var a struct {
		Items []struct {
			Timestamp time.Time `json:"timestamp"`
			Error     struct {
				Code string `json:"code"`
			} `json:"error"`
			Details struct {
				Action string `json:"action"`
			} `json:"instanceActionDetails"`
		} `json:"items"`
	}
	err := c.rest.Do(ctx, rest.Call{
		Method: http.MethodGet, Path: g.path() + "/listErrors", Out: &a,
		Query: url.Values{"maxResults": {"500"}, "fields": {"items(timestamp,error/code,instanceActionDetails/action)"}},
	})
	failures := make([]Failure, 0, len(a.Items))
	for _, i := range a.Items {
		failures = append(failures, Failure{At: i.Timestamp, Action: i.Details.Action, Code: i.Error.Code})
	}
	return failures, err
}
