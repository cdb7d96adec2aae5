package awsclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"

	"github.com/spotgrid/spotgrid/workloads/awsclient"
	"github.com/spotgrid/spotgrid/workloads/gcpclient"
)

// answered is an error without a code that anybody knows.
func answered(status int) error {
	return &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
		Err:      &smithy.GenericAPIError{Code: "UnknownError"},
	}
}

func TestErrorsAreClassified(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		class awsclient.Class
	}{
		"no credentials":     {fmt.Errorf("signing: %w", awsclient.ErrNoCredentials), awsclient.NoAccess},
		"a code":             {fmt.Errorf("calling: %w", &smithy.GenericAPIError{Code: "ExpiredTokenException"}), awsclient.NoAccess},
		"a token of nobody":  {&smithy.GenericAPIError{Code: "InvalidIdentityToken"}, awsclient.NoAccess},
		"STS without Google": {&smithy.GenericAPIError{Code: "IDPCommunicationError"}, awsclient.Unavailable},
		"no identity":        {fmt.Errorf("assuming: %w", gcpclient.ErrNoIdentity), awsclient.NoAccess},
		"late metadata":      {fmt.Errorf("%w (%w)", gcpclient.ErrNoMetadata, context.DeadlineExceeded), awsclient.Unavailable},
		"a throttled call":   {&smithy.GenericAPIError{Code: "Throttling"}, awsclient.Throttled},
		"a service's own":    {&smithy.GenericAPIError{Code: "QueueDoesNotExist"}, awsclient.Unknown},
		"a proxy's 403":      {answered(http.StatusForbidden), awsclient.NoAccess},
		"a proxy's 502":      {answered(http.StatusBadGateway), awsclient.Unavailable},
		"a proxy's 404":      {answered(http.StatusNotFound), awsclient.Unknown},
		"no connection":      {&net.OpError{Op: "dial", Err: errors.New("refused")}, awsclient.Unavailable},
		"a cut-off answer":   {io.ErrUnexpectedEOF, awsclient.Unavailable},
		"a cancelled call":   {fmt.Errorf("calling: %w", context.Canceled), awsclient.Canceled},
		"something unknown":  {errors.New("something"), awsclient.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.class, awsclient.ClassOf(c.err))
		})
	}
}

func TestWithoutCredentialsACallSaysHowToGetThem(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	cfg, err := awsclient.Config(t.Context(), "eu-west-1")
	assert.NoError(t, err)
	assert.Equal(t, "eu-west-1", cfg.Region)
	_, err = cfg.Credentials.Retrieve(t.Context())
	assert.ErrorIs(t, err, awsclient.ErrNoCredentials)
	assert.ErrorContains(t, err, "AWS_PROFILE")
}
