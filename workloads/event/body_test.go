package event_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/event"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/sqs"
)

// entry is a message as the grid's driver sends it to SQS.
type entry struct {
	ID                string `json:"Id"`
	MessageBody       string
	MessageAttributes map[string]struct{ DataType, StringValue string }
}

// inbox answers as SQS does and keeps what it is sent.
func inbox(t *testing.T, sent chan<- entry) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		if r.Header.Get("X-Amz-Target") == "AmazonSQS.GetQueueAttributes" {
			_, _ = io.WriteString(w, `{"Attributes":{"VisibilityTimeout":"60","MaximumMessageSize":"262144"}}`)
			return
		}
		var in struct{ Entries []entry }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var stored []map[string]string
		for _, e := range in.Entries {
			sent <- e
			stored = append(stored, map[string]string{"Id": e.ID, "MessageId": e.ID})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"Successful": stored})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestBodiesOfTheGridsOwnDriverAreWhatWasSent(t *testing.T) {
	sent := make(chan entry, 1)
	t.Setenv("AWS_ENDPOINT_URL_SQS", inbox(t, sent))
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	u, err := url.Parse("sqs://sqs.eu-central-1.amazonaws.com/123456789012/calls")
	require.NoError(t, err)
	d, err := sqs.Open(t.Context(), u)
	require.NoError(t, err)
	defer d.Close()
	for name, body := range map[string]string{
		"JSON": `{"name":"Ann"}`, "beyond what XML allows": "\"\uffff\"", "the placeholder": "-", "empty": "",
		"looks like base64": "YQ==", "not UTF-8": "\xff\xfe",
	} {
		require.NoError(t, d.Send(t.Context(), []queue.Message{{ID: "1", Body: []byte(body)}}), name)
		e := <-sent
		m := message("1", e.MessageBody)
		m.MessageAttributes = map[string]events.SQSMessageAttribute{}
		for key, a := range e.MessageAttributes {
			m.MessageAttributes[key] = events.SQSMessageAttribute{DataType: a.DataType, StringValue: &a.StringValue}
		}
		assert.Equal(t, body, string(event.BodyOf(m)), name)
	}
}

func TestABodyThatIsWronglyMarkedIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"base64", "empty", "another"} {
		m := message("1", `{"name":"Ann"}`)
		m.MessageAttributes = map[string]events.SQSMessageAttribute{"spotgrid-encoding": {DataType: "String", StringValue: &encoding}}
		assert.Equal(t, m.Body, string(event.BodyOf(m)), encoding)
	}
}
