// Package github is the little of GitHub's REST API that the pipelines need: one
// comment or issue that is edited and not repeated, whether an environment waits
// for an approval, and artifacts by name. Source of all calls:
// docs.github.com/en/rest, version 2022-11-28.
package github

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	maxAnswerBytes = 16 << 20
	perPage        = 100
	maxPages       = 50
	timeout        = 30 * time.Second // of a call; downloads have none but the context's
)

// Client talks about one repository.
type Client struct {
	Base  string // https://api.github.com
	Repo  string // owner/name
	Token string // of the workflow's job
	HTTP  *http.Client
}

// New takes what GitHub gives every job in its environment, and GITHUB_TOKEN,
// which a job must hand over itself. What is missing is named.
func New(getenv func(string) string) (*Client, error) {
	var missing []string
	need := func(name string) string {
		v := getenv(name)
		if v == "" {
			missing = append(missing, name)
		}
		return v
	}
	c := &Client{Base: need("GITHUB_API_URL"), Repo: need("GITHUB_REPOSITORY"), Token: need("GITHUB_TOKEN"), HTTP: http.DefaultClient}
	if len(missing) > 0 {
		return nil, fmt.Errorf("this runs in a workflow of GitHub: %s not set", strings.Join(missing, ", "))
	}
	return c, nil
}

// StatusError is an answer that is not a success.
type StatusError struct {
	Method, Path string
	Status       int
	Message      string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s %s: status %d: %s", e.Method, e.Path, e.Status, e.Message)
}

// call sends in, if not nil, as JSON to a path below the repository and reads
// the answer into out, if not nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	answer, err := c.do(ctx, method, c.Base+"/repos/"+c.Repo+path, body)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswerBytes)).Decode(out); err != nil {
		return fmt.Errorf("%s %s: reading the answer: %w", method, path, err)
	}
	return nil
}

// do returns an answer of success, whose body is to be closed.
func (c *Client) do(ctx context.Context, method, address string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	// A redirect to another host, as for artifacts, gets no token: net/http drops
	// this header there.
	r.Header.Set("Authorization", "Bearer "+c.Token)
	r.Header.Set("Accept", "application/vnd.github+json")
	r.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	answer, err := c.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		defer answer.Body.Close()
		b, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
		return nil, &StatusError{method, r.URL.Path, answer.StatusCode, strings.TrimSpace(string(b))}
	}
	return answer, nil
}

// pages reads all pages of a list, and gives each to visit until it says stop.
func pages[T any](ctx context.Context, c *Client, path string, query url.Values, visit func(T) (stop bool)) error {
	for page := 1; page <= maxPages; page++ {
		query.Set("per_page", fmt.Sprint(perPage))
		query.Set("page", fmt.Sprint(page))
		var found []T
		if err := c.call(ctx, http.MethodGet, path+"?"+query.Encode(), nil, &found); err != nil {
			return err
		}
		for _, f := range found {
			if visit(f) {
				return nil
			}
		}
		if len(found) < perPage {
			return nil
		}
	}
	return fmt.Errorf("GET %s: more than %d pages", path, maxPages)
}
