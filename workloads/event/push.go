package event

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
)

// pushed is a message that a subscription on Pub/Sub pushes.
type pushed struct {
	id   string
	body []byte
	// attempt is the how-manieth delivery it is; 0 where the subscription gives
	// no message up and so does not count.
	attempt int
}

// wrapped is the body of a push that wraps its message, as subscriptions do
// unless told otherwise.
// Source: https://cloud.google.com/pubsub/docs/push#receive_push
type wrapped struct {
	Subscription    string `json:"subscription"`
	DeliveryAttempt int    `json:"deliveryAttempt"`
	Message         struct {
		ID string `json:"messageId"`
		// Data is base64, which Pub/Sub makes of any bytes: the grid's own
		// driver sends bodies as they are. Absent if a body is empty.
		Data []byte `json:"data"`
	} `json:"message"`
}

var subscriptionPattern = regexp.MustCompile(`^projects/[^/]+/subscriptions/[^/]+$`)

// Headers of a push that does not wrap its message but writes the metadata.
// Source: https://cloud.google.com/pubsub/docs/payload-unwrapping
const (
	messageIDHeader = "X-Goog-Pubsub-Message-Id"
	attemptHeader   = "X-Goog-Pubsub-Delivery-Attempt"
)

// pushOf tells a push from a call. One that neither wraps its message nor
// writes metadata looks like a call, and can be treated as one: only the status
// of the answer counts.
func pushOf(h http.Header, body []byte) (pushed, bool) {
	if id := h.Get(messageIDHeader); id != "" {
		attempt, _ := strconv.Atoi(h.Get(attemptHeader)) // only the log wants it
		return pushed{id: id, body: body, attempt: attempt}, true
	}
	var w wrapped
	if json.Unmarshal(body, &w) != nil || w.Message.ID == "" || !subscriptionPattern.MatchString(w.Subscription) {
		return pushed{}, false
	}
	return pushed{id: w.Message.ID, body: w.Message.Data, attempt: w.DeliveryAttempt}, true
}
