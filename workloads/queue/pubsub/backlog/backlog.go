// Package backlog reads how many messages a subscription of Pub/Sub has. Pub/Sub
// itself does not tell; Cloud Monitoring counts. It is apart from the queue's
// driver for those who only count: it links no client of Pub/Sub.
package backlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
)

// Variable is the environment variable that sends the calls elsewhere: what
// stands before /projects, with https, or with http on this machine.
const Variable = "SPOTGRID_MONITORING_ENDPOINT"

// endpoint is where Cloud Monitoring is.
const endpoint = "https://monitoring.googleapis.com/v3"

// Lag is how old a count may be and still be called current. Counts are made
// every 60 s and visible up to 120 s later (Google Cloud metrics, pubsub,
// subscription/num_undelivered_messages); the rest is for a service that is
// late.
const Lag = 5 * time.Minute

// metric counts the messages that were not acknowledged, those that somebody
// holds among them. Pub/Sub has no metric that tells the two apart where
// subscribers pull (same source).
const metric = "pubsub.googleapis.com/subscription/num_undelivered_messages"

var errNoCount = errors.New("a count is no whole number from 0")

// Client asks Cloud Monitoring. It is safe for concurrent use and does not
// retry; its errors are those of package rest.
type Client struct{ rest *rest.Client }

// New makes a client. It calls nothing. Without a Base in the options Variable
// says where calls go.
func New(o rest.Options) (*Client, error) {
	o.Base = cmp.Or(o.Base, os.Getenv(Variable), endpoint)
	r, err := rest.New(o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Variable, err)
	}
	return &Client{r}, nil
}

// Count is how many messages there were.
type Count struct {
	At       time.Time
	Messages int
}

// Counts are those from one time until another, in any order. None means that
// nobody counted, which is not zero. Project and subscription are names that
// Pub/Sub allows. It needs monitoring.timeSeries.list on the project. Source:
// projects.timeSeries.list in the API reference of Cloud Monitoring.
func (c *Client) Counts(ctx context.Context, project, subscription string, from, until time.Time) ([]Count, error) {
	var a answer
	err := c.rest.Do(ctx, rest.Call{Method: http.MethodGet, Path: "projects/" + project + "/timeSeries", Out: &a, Query: url.Values{
		"filter":             {fmt.Sprintf(`metric.type = %q AND resource.type = "pubsub_subscription" AND resource.labels.subscription_id = %q`, metric, subscription)},
		"interval.startTime": {from.UTC().Format(time.RFC3339)},
		"interval.endTime":   {until.UTC().Format(time.RFC3339)},
		"fields":             {"timeSeries.points"},
	}})
	if err != nil {
		return nil, err
	}
	return a.counts()
}

// answer is what the call gives. A subscription has one series.
type answer struct {
	TimeSeries []struct {
		Points []struct {
			Interval struct {
				EndTime time.Time `json:"endTime"`
			} `json:"interval"`
			Value struct {
				Int64 *int `json:"int64Value,string"`
			} `json:"value"`
		} `json:"points"`
	} `json:"timeSeries"`
}

func (a answer) counts() ([]Count, error) {
	if n := len(a.TimeSeries); n > 1 {
		return nil, fmt.Errorf("there are %d series of counts for one subscription, want one", n)
	}
	var counts []Count
	for _, s := range a.TimeSeries {
		for _, p := range s.Points {
			if p.Value.Int64 == nil || *p.Value.Int64 < 0 {
				return nil, errNoCount
			}
			counts = append(counts, Count{At: p.Interval.EndTime, Messages: *p.Value.Int64})
		}
	}
	return counts, nil
}
