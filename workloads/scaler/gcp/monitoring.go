package gcp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/compute"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
	"github.com/spotgrid/spotgrid/workloads/scaler"
)

// MonitoringVariable is the environment variable that sends calls for Cloud
// Monitoring elsewhere: what stands before /projects.
const MonitoringVariable = "SPOTGRID_MONITORING_ENDPOINT"

const monitoringEndpoint = "https://monitoring.googleapis.com/v3"

// backlogMetric counts the messages of a subscription that were not acknowledged.
// Those that a worker holds are among them: it acknowledges when a job has ended.
// So the metric is what waits and what runs in one, and Pub/Sub has none that
// would tell them apart where subscribers pull. Counts are made every 60 s and
// visible up to 120 s later. Source: "Google Cloud metrics", pubsub,
// subscription/num_undelivered_messages: "unacknowledged messages".
const backlogMetric = "pubsub.googleapis.com/subscription/num_undelivered_messages"

// subscriptionPattern is of names that need no quoting in a filter. Source:
// Subscription.name in the Pub/Sub API reference.
var subscriptionPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._~+%-]*$`)

const minSubscription, maxSubscription = 3, 255

// CheckQueue says what is wrong with the URL of a queue.
func (c *Cloud) CheckQueue(raw string) error {
	_, _, err := subscriptionOf(raw)
	return err
}

func subscriptionOf(raw string) (project, subscription string, err error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", "", errors.New("not a URL, want pubsub://PROJECT/SUBSCRIPTION")
	}
	project, subscription = u.Host, strings.TrimPrefix(u.Path, "/")
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if u.Scheme != "pubsub" {
		bad("scheme is %q, want pubsub", u.Scheme)
	}
	if u.User != nil || u.Fragment != "" {
		bad("it has a user, a password or a fragment, want none")
	}
	if !compute.ValidProject(project) {
		bad("project is %q, want the ID of a project", project)
	}
	if len(subscription) < minSubscription || len(subscription) > maxSubscription || !subscriptionPattern.MatchString(subscription) {
		bad("subscription is %q, want %d..%d letters, digits and -._~+%%, starting with a letter", subscription, minSubscription, maxSubscription)
	}
	params := u.Query()
	if params.Del("topic"); len(params) > 0 {
		bad("it has a parameter that is unknown, want topic or none")
	}
	return project, subscription, errors.Join(errs...)
}

// Backlog are the counts of messages since then that were not acknowledged. Source:
// "Method: projects.timeSeries.list" in the API reference of Cloud Monitoring.
func (c *Cloud) Backlog(ctx context.Context, queue string, since time.Time) ([]scaler.Point, error) {
	project, subscription, err := subscriptionOf(queue)
	if err != nil {
		return nil, err
	}
	var a struct {
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
	err = c.monitoring.Do(ctx, rest.Call{Method: http.MethodGet, Path: "projects/" + project + "/timeSeries", Out: &a, Query: url.Values{
		"filter":             {fmt.Sprintf(`metric.type = "%s" AND resource.type = "pubsub_subscription" AND resource.labels.subscription_id = "%s"`, backlogMetric, subscription)},
		"interval.startTime": {since.UTC().Format(time.RFC3339)},
		"interval.endTime":   {c.now().UTC().Format(time.RFC3339)},
		"fields":             {"timeSeries.points"},
	}})
	if err != nil {
		return nil, err
	}
	if len(a.TimeSeries) > 1 {
		return nil, fmt.Errorf("there are %d series of counts for one subscription, want one", len(a.TimeSeries))
	}
	var points []scaler.Point
	for _, s := range a.TimeSeries {
		for _, p := range s.Points {
			if p.Value.Int64 == nil || *p.Value.Int64 < 0 {
				return nil, errors.New("a count is no whole number from 0")
			}
			points = append(points, scaler.Point{At: p.Interval.EndTime, Jobs: *p.Value.Int64})
		}
	}
	return points, nil
}
