package aws_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/scaler/aws"
)

var now = time.Date(2026, 3, 1, 12, 0, 30, 0, time.UTC)

const (
	queue = "sqs://sqs.eu-central-1.amazonaws.com/123456789012/jobs"
	group = "asg://eu-central-1/workers"
)

// services speak the protocols of SQS (JSON), CloudWatch (CBOR) and EC2 Auto
// Scaling (Query) for the calls of the scaler, as the API references have them.
type services struct {
	mu sync.Mutex
	// counts are the attributes of the one queue.
	counts map[string]string
	// metrics are the samples of its metrics, by the metric's name and the minute.
	metrics map[string]map[time.Time]float64
	status  string // of every metric
	asked   []cbor.Map
	// xml are the answers of Auto Scaling, by action; calls are its requests.
	xml   map[string]string
	calls []url.Values
}

// start starts services and a view of them. Not for parallel tests: they are found
// by the environment.
func start(t *testing.T) (*services, *aws.Cloud) {
	t.Helper()
	s := &services{counts: map[string]string{}, metrics: map[string]map[time.Time]float64{}, status: "Complete", xml: map[string]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	for _, service := range []string{"SQS", "CLOUDWATCH", "AUTO_SCALING"} {
		t.Setenv("AWS_ENDPOINT_URL_"+service, server.URL)
	}
	c, err := aws.New(func() time.Time { return now })
	require.NoError(t, err)
	return s, c
}

// count sets what waits, what runs and what is delayed.
func (s *services) count(waiting, running, delayed string) {
	s.counts = map[string]string{
		"ApproximateNumberOfMessages": waiting, "ApproximateNumberOfMessagesNotVisible": running, "ApproximateNumberOfMessagesDelayed": delayed,
	}
}

// sample sets what a metric was in the minute that began so long before now.
func (s *services) sample(metric string, minutesAgo int, value float64) {
	if s.metrics[metric] == nil {
		s.metrics[metric] = map[time.Time]float64{}
	}
	s.metrics[metric][minute(minutesAgo)] = value
}

func minute(ago int) time.Time {
	return now.Truncate(time.Minute).Add(-time.Duration(ago) * time.Minute)
}

func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="):
		http.Error(w, "not signed", http.StatusForbidden)
	case r.Header.Get("X-Amz-Target") == "AmazonSQS.GetQueueAttributes":
		s.serveQueue(w, r)
	case r.URL.Path == "/service/GraniteServiceVersion20100801/operation/GetMetricData":
		s.serveMetrics(w, r)
	default:
		s.serveGroups(w, r)
	}
}

func (s *services) serveQueue(w http.ResponseWriter, r *http.Request) {
	var in struct {
		QueueURL       string `json:"QueueUrl"`
		AttributeNames []string
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.QueueURL != "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs" {
		w.Header().Set("X-Amzn-Query-Error", "AWS.SimpleQueueService.NonExistentQueue;Sender")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no such queue"}`)
		return
	}
	attributes := map[string]string{}
	for _, name := range in.AttributeNames {
		attributes[name] = s.counts[name]
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"Attributes": attributes})
}

func (s *services) serveMetrics(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v, err := cbor.Decode(body)
	in, ok := v.(cbor.Map)
	if err != nil || !ok {
		http.Error(w, "no CBOR", http.StatusBadRequest)
		return
	}
	s.asked = append(s.asked, in)
	from, _ := cbor.AsTime(in["StartTime"])
	to, _ := cbor.AsTime(in["EndTime"])
	var results cbor.List
	for _, q := range in["MetricDataQueries"].(cbor.List) {
		query := q.(cbor.Map)
		metric := query["MetricStat"].(cbor.Map)["Metric"].(cbor.Map)["MetricName"].(cbor.String)
		var times, values cbor.List
		for at, value := range s.metrics[string(metric)] {
			if !at.Before(from) && at.Before(to) {
				times = append(times, &cbor.Tag{ID: 1, Value: cbor.Float64(at.Unix())})
				values = append(values, cbor.Float64(value))
			}
		}
		results = append(results, cbor.Map{"Id": query["Id"], "Label": metric, "StatusCode": cbor.String(s.status), "Timestamps": times, "Values": values})
	}
	w.Header().Set("smithy-protocol", "rpc-v2-cbor")
	w.Header().Set("Content-Type", "application/cbor")
	_, _ = w.Write(cbor.Encode(cbor.Map{"MetricDataResults": results}))
}

func (s *services) serveGroups(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.calls = append(s.calls, r.PostForm)
	action := r.PostForm.Get("Action")
	answer, ok := s.xml[action]
	if !ok {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>`)
		return
	}
	fmt.Fprintf(w, `<%[1]sResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>`, action, answer)
}

// setGroup declares the one group, with machines in these states.
func (s *services) setGroup(desired, least int, states ...string) {
	var machines strings.Builder
	for i, state := range states {
		fmt.Fprintf(&machines, "<member><InstanceId>i-%d</InstanceId><LifecycleState>%s</LifecycleState></member>", i, state)
	}
	s.xml["DescribeAutoScalingGroups"] = fmt.Sprintf(`<AutoScalingGroups><member><AutoScalingGroupName>workers</AutoScalingGroupName>
		<MinSize>%d</MinSize><MaxSize>20</MaxSize><DesiredCapacity>%d</DesiredCapacity><Instances>%s</Instances></member></AutoScalingGroups>`, least, desired, machines.String())
	s.xml["SetDesiredCapacity"] = ""
}

// requests are the calls of Auto Scaling so far, shortly.
func (s *services) requests(t *testing.T) (all []string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		name := c.Get("AutoScalingGroupName") + c.Get("AutoScalingGroupNames.member.1")
		assert.Equal(t, "workers", name)
		all = append(all, strings.TrimSpace(c.Get("Action")+" "+c.Get("DesiredCapacity")))
	}
	return all
}
