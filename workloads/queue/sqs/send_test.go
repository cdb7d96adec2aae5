package sqs

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/queue"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sizes, want []int
	}{
		"none":                   {nil, nil},
		"ten at a time":          {make([]int, 23), []int{10, 10, 3}},
		"just fits":              {[]int{60, 40, 1}, []int{2, 1}},
		"one that fills a batch": {[]int{1, 100, 1}, []int{1, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all []outgoing
			for _, size := range c.sizes {
				all = append(all, outgoing{body: encoded{text: strings.Repeat("x", size)}})
			}
			var got []int
			for _, batch := range split(all, 100) {
				got = append(got, len(batch))
			}
			require.Equal(t, c.want, got)
		})
	}
}

// refusing is SQS as moto never is: it throttles some calls, and then refuses
// single messages, by what refuse says of a body and how often it came.
type refusing struct {
	throttle int // the first calls
	refuse   func(body string, times int) (code string, senderFault bool)

	mu   sync.Mutex
	came map[string]int
}

func (s *refusing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Entries []struct{ Id, MessageBody string }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	out := map[string][]map[string]any{"Successful": {}, "Failed": {}}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.throttle--; s.throttle >= 0 {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"__type": "com.amazonaws.sqs#RequestThrottled"}`)) // the client notices
		return
	}
	for _, e := range in.Entries {
		s.came[e.MessageBody]++
		code, fault := s.refuse(e.MessageBody, s.came[e.MessageBody])
		switch code {
		case "":
			out["Successful"] = append(out["Successful"], map[string]any{"Id": e.Id, "MessageId": e.Id})
		default:
			out["Failed"] = append(out["Failed"], map[string]any{"Id": e.Id, "Code": code, "SenderFault": fault})
		}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_ = json.NewEncoder(w).Encode(out) // the client notices
}

// talkingTo is a driver of a queue of that server.
func talkingTo(t *testing.T, h http.Handler) *Driver {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	d := newDriver(awssqs.New(awssqs.Options{
		BaseEndpoint: &server.URL, Region: "eu-central-1", Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{},
	}), "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs")
	d.lease, d.messageBytes = time.Minute, maxMessageBytes
	d.pause = func(context.Context, int) error { return nil }
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func TestSendTriesOnlyWhatWasNotStored(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refuse func(body string, times int) (string, bool)
		came   map[string]int
		kind   queue.Kind
		want   []string // in the error
	}{
		"refused once": {
			refuse: func(body string, times int) (string, bool) {
				if body == "b" && times == 1 {
					return "InternalError", false
				}
				return "", false
			},
			came: map[string]int{"a": 1, "b": 2, "c": 1},
		},
		"refused again and again": {
			refuse: func(body string, _ int) (string, bool) {
				if body == "b" {
					return "InternalError", false
				}
				return "", false
			},
			came: map[string]int{"a": 1, "b": 3, "c": 1},
			kind: queue.KindUnavailable,
			want: []string{`message "id of b": api error InternalError`},
		},
		"refused for good": {
			refuse: func(body string, _ int) (string, bool) {
				if body == "b" {
					return "AccessDenied", true
				}
				return "", false
			},
			came: map[string]int{"a": 1, "b": 1, "c": 1},
			kind: queue.KindDenied,
			want: []string{`message "id of b": api error AccessDenied`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &refusing{refuse: c.refuse, came: map[string]int{}}
			d := talkingTo(t, s)
			var messages []queue.Message
			for _, body := range []string{"a", "b", "c"} {
				messages = append(messages, queue.Message{ID: "id of " + body, Body: []byte(body)})
			}
			err := d.Send(t.Context(), messages)
			require.Equal(t, c.kind.String(), d.Kind(err).String(), "%v", err)
			require.Equal(t, len(c.want) == 0, err == nil, "%v", err)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
			require.Equal(t, c.came, s.came)
		})
	}
}

func TestSendTriesAThrottledCallAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		throttle, came int
		kind           queue.Kind
	}{
		"passes":  {sendTries - 1, 1, queue.KindUnknown},
		"goes on": {sendTries, 0, queue.KindThrottled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &refusing{throttle: c.throttle, came: map[string]int{}}
			s.refuse = func(string, int) (string, bool) { return "", false }
			d := talkingTo(t, s)
			err := d.Send(t.Context(), []queue.Message{{ID: "a", Body: []byte("a")}})
			require.Equal(t, c.kind == queue.KindUnknown, err == nil, "%v", err)
			require.Equal(t, c.kind.String(), d.Kind(err).String(), "%v", err)
			require.Equal(t, c.came, s.came["a"])
		})
	}
}
