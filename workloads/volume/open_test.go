package volume_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/volume"
)

func TestURLsOfBucketsAreRefusedWithAllFaults(t *testing.T) {
	t.Parallel()
	openers := volume.Openers{"s3": func(_ context.Context, bucket string, parameters url.Values) (volume.Driver, error) {
		return nil, errors.New("the driver's own for " + bucket + "?" + parameters.Encode())
	}}
	for rawURL, want := range map[string][]string{
		"az://bucket/x":                    {`scheme of "az://bucket/x" is unknown, want one of: file, s3`},
		"s3://bucket/x%zz":                 {"its URL is malformed"},
		"s3://bucket/../x?a=1":             {`prefix is "../x"`, "the driver's own for bucket?a=1"},
		"s3://bucket/a//b":                 {`prefix is "a//b"`},
		"s3://bucket/.hidden":              {`prefix is ".hidden"`},
		"s3://bucket/a/..":                 {`prefix is "a/.."`},
		"s3://bucket/a%2Fb/c%20d":          {`prefix is "a/b/c d"`},
		"s3://me:secret@bucket/x":          {"want SCHEME://BUCKET/PREFIX", "the driver's own"},
		"s3://bucket/x#part":               {"want SCHEME://BUCKET/PREFIX"},
		"s3://bucket/x?a;b":                {"invalid semicolon", "the driver's own"},
		"s3://bucket/" + long:              {"up to 256 letters"},
		"s3:opaque":                        {"want SCHEME://BUCKET/PREFIX"},
		"grid":                             {`scheme is "", want file`},
		"file://host/x":                    {"want file:///absolute/path"},
		"s3://bucket/fine/also_f-i.ne/?x=": {"the driver's own for bucket?x="},
	} {
		_, err := volume.OpenURL(t.Context(), rawURL, openers)
		initErr := volume.InitURL(t.Context(), rawURL, openers)
		for _, w := range want {
			require.ErrorContains(t, err, w, rawURL)
			assert.ErrorContains(t, initErr, w, rawURL)
		}
		assert.NotContains(t, err.Error(), "secret")
		if rawURL == "s3://bucket/fine/also_f-i.ne/?x=" {
			assert.NotContains(t, err.Error(), "prefix")
		}
	}
}

var long = strings.Repeat("x", 300)
