package event

import "encoding/json"

// kind is how a payload comes.
type kind int

const (
	direct kind = iota
	batch
	urlCall
)

// sqsSource is what messages of SQS name as their source.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
const sqsSource = "aws:sqs"

// envelope is as much of a payload as tells how it comes.
type envelope struct {
	Records []struct {
		EventSource string `json:"eventSource"`
		// Without an ID a failure could not be reported alone.
		MessageID string `json:"messageId"`
	} `json:"Records"`
	Version        string `json:"version"`
	RequestContext struct {
		HTTP struct {
			Method string `json:"method"`
		} `json:"http"`
	} `json:"requestContext"`
}

// kindOf tells how a payload comes. What does not fit an envelope has none.
func kindOf(payload []byte) kind {
	var e envelope
	if err := json.Unmarshal(payload, &e); err != nil {
		return direct
	}
	// Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
	if e.Version == "2.0" && e.RequestContext.HTTP.Method != "" {
		return urlCall
	}
	for _, r := range e.Records {
		if r.EventSource != sqsSource || r.MessageID == "" {
			return direct
		}
	}
	if len(e.Records) > 0 {
		return batch
	}
	return direct
}
