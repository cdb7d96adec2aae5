package wiki

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// Response is the function's answer, in the form of those that API Gateway
// takes from a Lambda function.
type Response struct {
	// StatusCode as text: 200; 400 for a bad request; 404 for no such article;
	// 502 for an answer of Wikipedia that is of no use, 503 where Wikipedia
	// wants to be left alone for now, 504 where time ran out.
	StatusCode string `json:"statusCode"`
	// Headers are "Content-type" and, for 503, "Retry-after" in seconds where
	// Wikipedia said how long.
	Headers map[string]string `json:"headers"`
	// Body is JSON: {"message": "..."}. Where the entity is ambiguous, the titles
	// of articles are in "may_refer_to" besides.
	Body string `json:"body"`
}

func success(a Answer) Response {
	body := `{"message": ` + quote(a.Message())
	if len(a.MayReferTo) > 0 {
		titles := make([]string, len(a.MayReferTo))
		for i, title := range a.MayReferTo {
			titles[i] = quote(title)
		}
		body += `, "may_refer_to": [` + strings.Join(titles, ", ") + `]`
	}
	return respond(http.StatusOK, body+"}")
}

func failure(err error) Response {
	r := respond(statusOf(err), `{"message": `+quote(err.Error())+"}")
	upstream := (*UpstreamError)(nil)
	if errors.As(err, &upstream) && upstream.RetryAfter > 0 {
		r.Headers["Retry-after"] = strconv.Itoa(int(math.Ceil(upstream.RetryAfter.Seconds())))
	}
	return r
}

func respond(status int, body string) Response {
	return Response{
		StatusCode: strconv.Itoa(status), Headers: map[string]string{"Content-type": "application/json"}, Body: body,
	}
}

// isUpstreams: the fault is Wikipedia's, or on the way there.
func (r Response) isUpstreams() bool { return strings.HasPrefix(r.StatusCode, "5") }

func statusOf(err error) int {
	bad, absent, upstream := (*RequestError)(nil), (*NotFoundError)(nil), (*UpstreamError)(nil)
	switch {
	case errors.As(err, &bad):
		return http.StatusBadRequest
	case errors.As(err, &absent):
		return http.StatusNotFound
	case isTimeout(err), errors.Is(err, context.Canceled):
		return http.StatusGatewayTimeout
	case errors.As(err, &upstream) && (upstream.RetryAfter > 0 || upstream.Status == http.StatusTooManyRequests):
		return http.StatusServiceUnavailable
	}
	return http.StatusBadGateway
}

// quote is text as a JSON string, with the characters of HTML as they are.
func quote(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return `""` // never: every string can be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}
