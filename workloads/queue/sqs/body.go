package sqs

import (
	"encoding/base64"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// SQS takes one or more characters that XML allows. A body of other bytes is
// sent in base64, and an empty one as a placeholder; a message attribute says
// so. All other bodies, JSON among them, are sent as they are, and a message
// without the attribute is taken as it is.
const (
	encodingAttribute = "spotgrid-encoding"
	encodingBase64    = "base64"
	encodingEmpty     = "empty"
	emptyPlaceholder  = "-"
	attributeType     = "String"
)

const (
	// maxMessageBytes bounds a message with its attributes, and a batch. SQS
	// takes 1 MiB since August 2025; before that, and where a queue's
	// MaximumMessageSize was set then, 256 KiB.
	maxMessageBytes = 256 << 10
	// attributeBytes is what the attribute counts: name, type and value.
	attributeBytes = len(encodingAttribute) + len(attributeType) + len(encodingBase64)
)

// maxBodyBytes is the largest body of any bytes in a message of the given size:
// base64 makes four of three.
func maxBodyBytes(messageBytes int) int { return (messageBytes - attributeBytes) / 4 * 3 }

// encoded is a body as SQS takes it.
type encoded struct {
	text       string
	attributes map[string]types.MessageAttributeValue
}

// size is what SQS counts.
func (e encoded) size() int {
	if e.attributes == nil {
		return len(e.text)
	}
	return len(e.text) + attributeBytes
}

func encode(body []byte) encoded {
	switch {
	case len(body) == 0:
		return encoded{emptyPlaceholder, marked(encodingEmpty)}
	case isText(body):
		return encoded{text: string(body)}
	}
	return encoded{base64.StdEncoding.EncodeToString(body), marked(encodingBase64)}
}

func marked(encoding string) map[string]types.MessageAttributeValue {
	return map[string]types.MessageAttributeValue{
		encodingAttribute: {DataType: aws.String(attributeType), StringValue: aws.String(encoding)},
	}
}

// decode is the body of a received message. What is marked but does not decode
// was not sent by this driver and is left as it is, for the receiver to refuse.
func decode(m types.Message) []byte {
	text := aws.ToString(m.Body)
	switch aws.ToString(m.MessageAttributes[encodingAttribute].StringValue) {
	case encodingEmpty:
		if text == emptyPlaceholder {
			return []byte{}
		}
	case encodingBase64:
		if body, err := base64.StdEncoding.DecodeString(text); err == nil {
			return body
		}
	}
	return []byte(text)
}

// isText reports whether SQS takes the bytes as they are. Source: SendMessage in
// the SQS API reference.
func isText(body []byte) bool {
	for len(body) > 0 {
		r, size := utf8.DecodeRune(body)
		if r == utf8.RuneError && size == 1 || !isXMLCharacter(r) {
			return false
		}
		body = body[size:]
	}
	return true
}

func isXMLCharacter(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < 0x20, r >= 0xd800 && r < 0xe000, r == 0xfffe, r == 0xffff:
		return false
	}
	return r <= utf8.MaxRune
}
