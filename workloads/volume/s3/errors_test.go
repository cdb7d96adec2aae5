package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// answered is an answer with a status, and a code if it has a body.
func answered(status int, code string) error {
	var err error = &smithy.GenericAPIError{Code: code}
	if code == "" {
		err = errors.New("no body")
	}
	return fmt.Errorf("calling: %w", &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: err})
}

func TestErrorsAreClassified(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		kind volume.Kind
	}{
		"the object is there":            {answered(412, "PreconditionFailed"), volume.KindExists},
		"the same without a body":        {answered(412, ""), volume.KindExists},
		"two writes at a time":           {answered(409, "ConditionalRequestConflict"), volume.KindThrottled},
		"no object":                      {answered(404, "NoSuchKey"), volume.KindNotFound},
		"no bucket":                      {answered(404, "NoSuchBucket"), volume.KindNotFound},
		"HEAD of no object":              {answered(404, ""), volume.KindNotFound},
		"no right":                       {answered(403, "AccessDenied"), volume.KindDenied},
		"HEAD without the right":         {answered(403, ""), volume.KindDenied},
		"another region's bucket":        {answered(301, "PermanentRedirect"), volume.KindDenied},
		"no credentials":                 {fmt.Errorf("signing: %w", awsclient.ErrNoCredentials), volume.KindDenied},
		"a key that was taken away":      {answered(400, "KMS.DisabledException"), volume.KindDenied},
		"slow down":                      {answered(503, "SlowDown"), volume.KindThrottled},
		"slow down without a body":       {answered(503, ""), volume.KindUnavailable},
		"a broken server":                {answered(500, "InternalError"), volume.KindUnavailable},
		"a quota of MinIO":               {answered(507, "XMinioStorageFull"), volume.KindFull},
		"no room":                        {answered(507, ""), volume.KindFull},
		"no connection":                  {&smithyhttp.RequestSendError{Err: errors.New("refused")}, volume.KindUnavailable},
		"a line that broke":              {io.ErrUnexpectedEOF, volume.KindUnavailable},
		"a content that was spoilt":      {fmt.Errorf("reading: %w", &readError{errors.New("checksum did not match")}), volume.KindUnavailable},
		"a caller that went":             {fmt.Errorf("calling: %w", context.Canceled), volume.KindCanceled},
		"a caller that went in mid-read": {&readError{context.Canceled}, volume.KindCanceled},
		"anything else":                  {answered(400, "InvalidArgument"), volume.KindUnknown},
	} {
		assert.Equal(t, c.kind, kindOf(c.err), name)
	}
}

func TestAddressesAreRefusedWithAllFaults(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), "My_Bucket", map[string][]string{"endpoint": {"http://evil"}, "region": {"mars"}, "a": {""}})
	for _, fault := range []string{`bucket is "My_Bucket", want 3..63`, `parameter "endpoint" is not known, want region`, `parameter "a"`, `region is "mars", want one such as region=eu-central-1`} {
		assert.ErrorContains(t, err, fault)
	}
	for _, regions := range [][]string{nil, {""}, {"eu-central-1", "eu-central-1"}, {"eu-central-1.evil.example"}} {
		_, err := Open(t.Context(), "bucket", map[string][]string{"region": regions})
		assert.ErrorContains(t, err, "region is", regions)
	}
	for _, region := range []string{"eu-central-1", "us-gov-west-1", "ap-southeast-5", "cn-north-1"} {
		d, err := Open(t.Context(), strings.Repeat("b", 63), map[string][]string{"region": {region}})
		assert.NoError(t, err, region)
		assert.NotNil(t, d)
	}
}
