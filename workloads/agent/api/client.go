package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// ErrDown means that no agent answers: it was killed, or never started.
var ErrDown = errors.New("the grid's agent is not running")

// ErrNotFound means that the agent keeps no such thing.
var ErrNotFound = errors.New("not found")

// maxAnswerBytes bounds what a client reads: Lambda's largest answer, 6 MiB,
// and some.
const maxAnswerBytes = 8 << 20

// Client calls one agent.
type Client struct {
	// URL is the agent's base URL, such as http://127.0.0.1:7070.
	URL string
	// TokenFile holds the bearer token; only its owner can read it.
	TokenFile string
	// HTTP is http.DefaultClient if nil.
	HTTP *http.Client
}

// Status asks for the agent's status.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	var s Status
	if err := c.call(ctx, http.MethodGet, "/v1/status", nil, &s); err != nil {
		return nil, fmt.Errorf("asking the agent for its status: %w", err)
	}
	return &s, nil
}

// Shutdown asks the agent to stop its workers and end.
func (c *Client) Shutdown(ctx context.Context) error {
	if err := c.call(ctx, http.MethodPost, "/v1/shutdown", nil, nil); err != nil {
		return fmt.Errorf("stopping the agent: %w", err)
	}
	return nil
}

// PutQueue declares a queue, new or changed.
func (c *Client) PutQueue(ctx context.Context, q Queue) (s QueueStatus, err error) {
	return s, c.put(ctx, "queues", q.Name, q, &s)
}

// PutVolume declares a volume.
func (c *Client) PutVolume(ctx context.Context, v Volume) (s VolumeStatus, err error) {
	return s, c.put(ctx, "volumes", v.Name, v, &s)
}

// PutFleet declares a fleet, new or changed.
func (c *Client) PutFleet(ctx context.Context, f Fleet) (s FleetStatus, err error) {
	return s, c.put(ctx, "fleets", f.Name, f, &s)
}

// PutFunction declares a function, new or changed.
func (c *Client) PutFunction(ctx context.Context, f Function) (s FunctionStatus, err error) {
	return s, c.put(ctx, "functions", f.Name, f, &s)
}

// Delete removes what was declared: kind is queues, volumes, fleets or
// functions. What is not there is no error.
func (c *Client) Delete(ctx context.Context, kind, name string) error {
	err := c.call(ctx, http.MethodDelete, "/v1/"+kind+"/"+name, nil, nil)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("deleting %s %q: %w", strings.TrimSuffix(kind, "s"), name, err)
	}
	return nil
}

// Interrupt announces to a worker that it will be taken away after
// noticeSeconds, as a spot machine would be.
func (c *Client) Interrupt(ctx context.Context, worker string, noticeSeconds int) error {
	body := map[string]int{"notice_seconds": noticeSeconds}
	if err := c.call(ctx, http.MethodPost, "/v1/workers/"+worker+"/interrupt", body, nil); err != nil {
		return fmt.Errorf("interrupting worker %q: %w", worker, err)
	}
	return nil
}

// FunctionError is what a function's handler returned as its error.
type FunctionError struct{ Name, Answer string }

func (e *FunctionError) Error() string {
	return fmt.Sprintf("function %q failed: %s", e.Name, e.Answer)
}

// Invoke calls a function with a JSON payload and returns its JSON answer.
// The path and headers are those of AWS Lambda's Invoke.
func (c *Client) Invoke(ctx context.Context, name string, payload []byte) ([]byte, error) {
	res, body, err := c.do(ctx, http.MethodPost, "/2015-03-31/functions/"+name+"/invocations", payload)
	if err != nil {
		return nil, fmt.Errorf("calling function %q: %w", name, err)
	}
	if res.Header.Get("X-Amz-Function-Error") != "" {
		return nil, &FunctionError{Name: name, Answer: string(body)}
	}
	return body, nil
}

// put declares one thing. The agent's own refusals name it already.
func (c *Client) put(ctx context.Context, kind, name string, in, out any) error {
	err := c.call(ctx, http.MethodPut, "/v1/"+kind+"/"+name, in, out)
	if errors.Is(err, ErrDown) {
		return fmt.Errorf("declaring %s %q: %w", strings.TrimSuffix(kind, "s"), name, err)
	}
	return err
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var payload []byte
	if in != nil {
		var err error
		if payload, err = json.Marshal(in); err != nil {
			return err
		}
	}
	_, body, err := c.do(ctx, method, path, payload)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(body, out)
}

func (c *Client) do(ctx context.Context, method, path string, payload []byte) (*http.Response, []byte, error) {
	token, err := os.ReadFile(c.TokenFile)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDown, err)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, bytes.NewReader(payload))
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	req.Header.Set("Content-Type", "application/json")
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		return nil, nil, fmt.Errorf("%w: %w", ErrDown, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswerBytes))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: reading its answer: %w", ErrDown, err)
	}
	return res, body, refusal(res.StatusCode, body)
}

// refusal turns an error answer into an error.
func refusal(status int, body []byte) error {
	if status < 300 {
		return nil
	}
	var e struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &e) != nil || e.Error == "" {
		e.Error = strings.TrimSpace(string(body))
	}
	switch status {
	case http.StatusNotFound:
		return fmt.Errorf("%w: %s", ErrNotFound, e.Error)
	case http.StatusUnauthorized:
		// Another program has the port by now: ours is not running.
		return fmt.Errorf("%w: what answers at its address does not know our token", ErrDown)
	}
	return errors.New(e.Error)
}

// StatusTimeout is how long one look at the agent may take.
const StatusTimeout = 5 * time.Second
