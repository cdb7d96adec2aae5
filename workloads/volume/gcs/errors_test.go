package gcs

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

func TestErrorsAreClassified(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		kind volume.Kind
	}{
		"the object is there":            {&rest.Error{Status: 412, Reason: "conditionNotMet"}, volume.KindExists},
		"two writes at a time":           {&rest.Error{Status: 409, Reason: "conflict"}, volume.KindThrottled},
		"no object, or no bucket":        {fmt.Errorf("reading: %w", &rest.Error{Status: 404, Reason: "notFound"}), volume.KindNotFound},
		"no right":                       {&rest.Error{Status: 403, Reason: "forbidden"}, volume.KindDenied},
		"no credentials":                 {rest.ErrNoCredentials, volume.KindDenied},
		"slow down":                      {&rest.Error{Status: 429, Reason: "rateLimitExceeded"}, volume.KindThrottled},
		"a broken server":                {&rest.Error{Status: 503, Reason: "backendError"}, volume.KindUnavailable},
		"no connection":                  {&url.Error{Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, volume.KindUnavailable},
		"a stream that was reset":        {&url.Error{Err: errors.New("stream error: REFUSED_STREAM")}, volume.KindUnavailable},
		"a line that broke":              {&readError{errors.New("stream error")}, volume.KindUnavailable},
		"a content that was spoilt":      {errSpoilt, volume.KindUnavailable},
		"a caller that went":             {&url.Error{Err: context.Canceled}, volume.KindCanceled},
		"a caller that went in mid-read": {&readError{context.Canceled}, volume.KindCanceled},
		"anything else":                  {&rest.Error{Status: 400, Reason: "invalid"}, volume.KindUnknown},
	} {
		assert.Equal(t, c.kind, kindOf(c.err), name)
	}
}

func TestAddressesAreRefused(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), "My.Bucket", map[string][]string{"region": {"mars"}, "a": {""}})
	for _, fault := range []string{`bucket is "My.Bucket", want 3..63`, `parameter "region" is not known, want none`, `parameter "a"`} {
		assert.ErrorContains(t, err, fault)
	}
}

func TestAnEmulatorIsOfThisMachine(t *testing.T) {
	t.Setenv(emulatorVariable, "example.com:80")
	_, err := Open(t.Context(), "bucket", nil)
	assert.ErrorContains(t, err, "STORAGE_EMULATOR_HOST: address of the API is http://example.com:80, want https")
	t.Setenv(emulatorVariable, "127.0.0.1:80")
	_, err = Open(t.Context(), "bucket", nil)
	assert.NoError(t, err)
}

// serve is a driver for a server that answers so.
func serve(t *testing.T, answer http.HandlerFunc) *Driver {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	client, err := rest.New(rest.Options{Base: server.URL, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"})})
	require.NoError(t, err)
	return &Driver{client, "bucket"}
}

func TestSpoiltContentIsSeen(t *testing.T) {
	t.Parallel()
	sum := checksum(crc32.Checksum([]byte("content"), castagnoli))
	for text, want := range map[string]error{"content": nil, "contend": errSpoilt} {
		d := serve(t, func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "/storage/v1/b/bucket/o/a%2Fb?alt=media", r.URL.EscapedPath()+"?"+r.URL.RawQuery)
			w.Header().Set("X-Goog-Hash", "md5=xxx, crc32c="+sum)
			fmt.Fprint(w, text)
		})
		body, err := d.Get(t.Context(), "a/b")
		require.NoError(t, err)
		_, err = io.ReadAll(body)
		assert.ErrorIs(t, err, want)
		require.NoError(t, body.Close())
	}
}

func TestChecksumIsAsDocumented(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "AAAAAA==", checksum(crc32.Checksum(nil, castagnoli)))
	// 0xE3069283 is the check value of CRC-32C (RFC 3720, its polynomial).
	assert.Equal(t, "4waSgw==", checksum(crc32.Checksum([]byte("123456789"), castagnoli)))
}

func TestAnObjectIsMadeOnceByItsGeneration(t *testing.T) {
	t.Parallel()
	for _, once := range []bool{true, false} {
		d := serve(t, func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "/upload/storage/v1/b/bucket/o", r.URL.Path)
			want := ""
			if once {
				want = "0"
			}
			assert.Equal(t, want, r.URL.Query().Get("ifGenerationMatch"))
			body, _ := io.ReadAll(r.Body)
			assert.Equal(t, int64(len(body)), r.ContentLength)
			assert.Contains(t, string(body), `{"name":"k","crc32c":"4waSgw==","metadata":{"spotgrid-claim":"c"}}`)
			w.WriteHeader(http.StatusPreconditionFailed)
		})
		err := d.Put(t.Context(), "k", []byte("123456789"), volume.PutOptions{Once: once, Claim: "c"})
		assert.Equal(t, volume.KindExists, d.Kind(err))
	}
}
