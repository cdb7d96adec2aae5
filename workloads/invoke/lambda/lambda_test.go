package lambda_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/invoke"
	"github.com/spotgrid/spotgrid/workloads/invoke/invoketest"
	"github.com/spotgrid/spotgrid/workloads/invoke/lambda"
	"github.com/spotgrid/spotgrid/workloads/invoke/program"
	"github.com/spotgrid/spotgrid/workloads/mototest"
)

const suiteARN = "arn:aws:lambda:eu-west-1:123456789012:function:grid-suite-1a2b3c4"

func TestMain(m *testing.M) {
	invoketest.Play()
	os.Exit(mototest.Main(m))
}

// open makes a driver whose calls go to endpoint. It sets the environment, so
// that its test cannot be parallel.
func open(t *testing.T, endpoint string) *lambda.Driver {
	t.Helper()
	t.Setenv("AWS_ENDPOINT_URL", endpoint)
	d, err := lambda.New(t.Context())
	require.NoError(t, err)
	return d
}

// service answers Invoke as Lambda does, with a real function behind it.
type service struct {
	function *program.Driver

	mu    sync.Mutex
	more  *sync.Cond
	log   bytes.Buffer
	calls int
}

func newService() *service {
	s := &service{}
	s.more = sync.NewCond(&s.mu)
	return s
}

func (s *service) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.more.Broadcast()
	return s.log.Write(b)
}

// tail is the log once it has the line that the function prints in each call:
// an answer may come before it.
func (s *service) tail() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	for bytes.Count(s.log.Bytes(), []byte("\n")) < s.calls {
		s.more.Wait()
	}
	return base64.StdEncoding.EncodeToString(s.log.Bytes())
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/2015-03-31/functions/"+suiteARN+"/invocations" || !strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/lambda/") {
		refuse(w, http.StatusNotFound, "ResourceNotFoundException", "Function not found: "+r.URL.Path)
		return
	}
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller is gone
	}
	a, err := s.function.Invoke(r.Context(), program.Name, payload)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "ServiceException", err.Error())
		return
	}
	if a.Failed {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	if r.Header.Get("X-Amz-Log-Type") == "Tail" {
		w.Header().Set("X-Amz-Log-Result", s.tail())
	}
	w.Write(a.Body)
}

// refuse answers as Lambda does when the function does not run.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Amzn-ErrorType", code)
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"Type":"User","Message":%q}`, message)
}

func TestConformance(t *testing.T) {
	invoketest.Run(t, func(t *testing.T) invoketest.Harness {
		s := newService()
		var err error
		s.function, err = program.New(program.Options{Path: os.Args[0], TimeoutSeconds: invoketest.TimeoutSeconds, Log: s})
		require.NoError(t, err)
		srv := httptest.NewServer(s)
		t.Cleanup(func() {
			assert.NoError(t, s.function.Close())
			srv.CloseClientConnections()
			srv.Close()
		})
		return invoketest.Harness{Driver: open(t, srv.URL), Function: suiteARN, Missing: suiteARN + "-gone"}
	})
}

func TestWhatLambdaRefusesIsClassifiedAndExplained(t *testing.T) {
	for code, c := range map[string]struct {
		status int
		kind   invoke.Kind
		want   string
	}{
		"ResourceNotFoundException":      {404, invoke.KindNotFound, "account 123456789012 has no such function in eu-west-1 any more"},
		"AccessDeniedException":          {403, invoke.KindDenied, "may they lambda:InvokeFunction?"},
		"UnrecognizedClientException":    {403, invoke.KindDenied, "do the credentials belong to account 123456789012"},
		"ExpiredTokenException":          {403, invoke.KindDenied, "eu-west-1"},
		"KMSAccessDeniedException":       {502, invoke.KindDenied, "KMSAccessDenied"},
		"RequestTooLargeException":       {413, invoke.KindTooLarge, "RequestTooLarge"},
		"InvalidRequestContentException": {400, invoke.KindBadInput, "InvalidRequestContent"},
		"ServiceException":               {500, invoke.KindUnavailable, "cannot be reached, or cannot run the function now"},
		"EFSMountTimeoutException":       {408, invoke.KindUnavailable, "EFSMountTimeout"},
		"NewException":                   {503, invoke.KindUnavailable, "NewException"},
		"NewerException":                 {400, invoke.KindUnknown, "NewerException"},
	} {
		t.Run(code, func(t *testing.T) {
			var calls atomic.Int64
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				refuse(w, c.status, code, "the message")
			}))
			defer srv.Close()
			d := open(t, srv.URL)
			_, err := d.Invoke(t.Context(), suiteARN, []byte("{}"))
			assert.Equal(t, c.kind, d.Kind(err), "%v", err)
			assert.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, "the message")
			assert.Equal(t, int64(1), calls.Load(), "the function may have run: it is not called again")
		})
	}
}

func TestAThrottledCallIsTriedAgain(t *testing.T) {
	var calls atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			refuse(w, http.StatusTooManyRequests, "TooManyRequestsException", "Rate Exceeded.")
			return
		}
		fmt.Fprint(w, `"done"`)
	}))
	defer srv.Close()
	a, err := open(t, srv.URL).Invoke(t.Context(), suiteARN, []byte("{}"))
	require.NoError(t, err)
	assert.Equal(t, `"done"`, string(a.Body))
	assert.Equal(t, int64(2), calls.Load())
}

func TestNobodyThereIsUnavailable(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	d := open(t, srv.URL)
	srv.Close()
	_, err := d.Invoke(t.Context(), suiteARN, []byte("{}"))
	assert.Equal(t, invoke.KindUnavailable, d.Kind(err), "%v", err)
}

func TestAnAnswerThatIsCutOffIsNotAskedForAgain(t *testing.T) {
	var calls atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `"half`)
	}))
	defer srv.Close()
	d := open(t, srv.URL)
	_, err := d.Invoke(t.Context(), suiteARN, []byte("{}"))
	assert.Equal(t, invoke.KindUnavailable, d.Kind(err), "%v", err)
	assert.Equal(t, int64(1), calls.Load())
}

func TestWithoutCredentialsTheErrorSaysHowToGetThem(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	d := open(t, "http://127.0.0.1:1")
	_, err := d.Invoke(t.Context(), suiteARN, []byte("{}"))
	assert.Equal(t, invoke.KindDenied, d.Kind(err))
	assert.ErrorContains(t, err, "no AWS credentials: set AWS_PROFILE")
}

func TestANameThatIsNoARNIsRefused(t *testing.T) {
	d := open(t, "http://127.0.0.1:1")
	for _, name := range []string{"", "quote", "arn:aws:sqs:eu-west-1:123456789012:quote", "arn:aws:lambda::123456789012:function:quote", "arn:aws:lambda:eu-west-1:123456789012:layer:quote"} {
		_, err := d.Invoke(t.Context(), name, []byte("{}"))
		assert.Equal(t, invoke.KindBadInput, d.Kind(err), name)
		assert.ErrorContains(t, err, "want arn:aws:lambda:REGION:ACCOUNT:function:NAME")
	}
}

// TestMotoTakesTheCalls has a server of somebody else's that reads what is
// sent. Without Docker it runs nothing and answers with the payload.
func TestMotoTakesTheCalls(t *testing.T) {
	server := mototest.Need(t)
	res, err := http.Post(server.Endpoint+"/moto-api/config", "application/json", strings.NewReader(`{"lambda":{"use_docker":false}}`))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Less(t, res.StatusCode, 300)
	a, err := open(t, server.Endpoint).Invoke(t.Context(), suiteARN, []byte(`{"jobs":2}`))
	require.NoError(t, err)
	assert.False(t, a.Failed)
	assert.JSONEq(t, `{"jobs":2}`, string(a.Body))
}

func TestABrokenLogDoesNotCostTheAnswer(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amz-Log-Result", "???")
		fmt.Fprint(w, `1`)
	}))
	defer srv.Close()
	a, err := invoke.New(open(t, srv.URL), map[string]string{"f": suiteARN}).Invoke(t.Context(), "f", []byte("{}"), time.Minute)
	require.NoError(t, err)
	assert.Equal(t, `1`, string(a.Body))
}
