package event

import (
	"encoding/base64"

	"github.com/aws/aws-lambda-go/events"
)

// Bodies that SQS does not take as they are, such as empty ones, the grid's own
// driver encodes, and a message attribute says so; JSON in UTF-8 it sends as it
// is, as every other producer does. So the attribute alone tells them apart,
// never the body: these are its names in package workloads/queue/sqs, which a
// function does not link for its size.
const (
	encodingAttribute = "spotgrid-encoding"
	encodingBase64    = "base64"
	encodingEmpty     = "empty"
	emptyPlaceholder  = "-"
)

// bodyOf is what the producer sent. What is marked but does not decode is left
// as it is, and fails as bad input if it is not JSON.
func bodyOf(m events.SQSMessage) []byte {
	encoding := m.MessageAttributes[encodingAttribute].StringValue
	if encoding == nil {
		return []byte(m.Body)
	}
	switch *encoding {
	case encodingEmpty:
		if m.Body == emptyPlaceholder {
			return nil
		}
	case encodingBase64:
		if body, err := base64.StdEncoding.DecodeString(m.Body); err == nil {
			return body
		}
	}
	return []byte(m.Body)
}
