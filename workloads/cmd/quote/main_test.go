package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/quote"
)

// answer is what the function sent back for one invocation.
type answer struct {
	id, verb string // verb is "response" or "error"
	body     []byte
}

// runtimeAPI serves the part of Lambda's runtime API that functions use
// (version 2018-06-01), below a path prefix.
func runtimeAPI(t *testing.T, prefix string, payloads <-chan string, answers chan<- answer) string {
	t.Helper()
	mux := http.NewServeMux()
	base := prefix + "/2018-06-01/runtime/invocation/"
	count := 0
	mux.HandleFunc("GET "+base+"next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case payload := <-payloads:
			count++
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprint("request-", count))
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
			_, _ = io.WriteString(w, payload)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST "+base+"{id}/{verb}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		answers <- answer{r.PathValue("id"), r.PathValue("verb"), body}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://") + prefix
}

func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "quote")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return binary
}

func TestBinaryAnswersTheRuntimeAPI(t *testing.T) {
	t.Parallel()
	binary := build(t)
	for name, prefix := range map[string]string{"as on Lambda": "", "below a path, as the agent has it": "/functions/abc"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			payloads, answers := make(chan string), make(chan answer)
			function := exec.CommandContext(t.Context(), binary)
			function.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + runtimeAPI(t, prefix, payloads, answers)}
			require.NoError(t, function.Start())
			t.Cleanup(func() {
				_ = function.Process.Kill()
				_ = function.Wait()
			})
			invoke := func(payload string) answer {
				deadline := time.After(20 * time.Second)
				select {
				case payloads <- payload:
				case <-deadline:
					require.Fail(t, "the function did not ask for work")
				}
				select {
				case a := <-answers:
					return a
				case <-deadline:
					require.Fail(t, "the function did not answer")
				}
				return answer{}
			}

			got := invoke(`{"jobs":10,"vcpu_seconds":7200}`)
			assert.Equal(t, "request-1 response", got.id+" "+got.verb)
			var response quote.Response
			require.NoError(t, json.Unmarshal(got.body, &response))
			want, err := quote.Handle(t.Context(), quote.Request{Jobs: 10, VCPUSeconds: 7200})
			require.NoError(t, err)
			assert.Equal(t, want, response)

			for payload, message := range map[string]string{
				`{"jobs":0,"vcpu_seconds":-1}`: "bad request: jobs is 0, want 1..1000000000\nvcpu_seconds is -1, want more than 0 and at most 1e+15",
				`{"jobs":1,"minutes":2}`:       `bad request: json: unknown field "minutes"`,
			} {
				got = invoke(payload)
				assert.Equal(t, "error", got.verb)
				var failure struct{ ErrorMessage, ErrorType string }
				require.NoError(t, json.Unmarshal(got.body, &failure), "%s", got.body)
				assert.Equal(t, message, failure.ErrorMessage)
				assert.Equal(t, "RequestError", failure.ErrorType)
			}
			assert.Equal(t, "response", invoke(`{"jobs":1,"vcpu_seconds":1}`).verb, "it goes on after an error")

			got = invoke(`{"Records":[
				{"eventSource":"aws:sqs","messageId":"good","body":"{\"jobs\":1,\"vcpu_seconds\":1}"},
				{"eventSource":"aws:sqs","messageId":"bad","body":"{\"jobs\":0,\"vcpu_seconds\":1}"}]}`)
			assert.JSONEq(t, `{"batchItemFailures":[{"itemIdentifier":"bad"}]}`, string(got.body), "a queue calls it")
			got = invoke(`{"version":"2.0","requestContext":{"http":{"method":"POST"}},"body":"{\"jobs\":0,\"vcpu_seconds\":1}"}`)
			assert.Equal(t, "response", got.verb, "its URL is called")
			var answer struct {
				StatusCode int
				Body       string
			}
			require.NoError(t, json.Unmarshal(got.body, &answer))
			assert.Equal(t, http.StatusBadRequest, answer.StatusCode)
			assert.Equal(t, `{"error":"bad request: jobs is 0, want 1..1000000000"}`, answer.Body)
		})
	}
}
