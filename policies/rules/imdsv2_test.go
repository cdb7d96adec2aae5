package rules

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheMetadataServiceWantsAToken(t *testing.T) {
	table(t, imdsv2, []example{
		{name: "required", stack: some(awsTemplate, `{"metadataOptions":{"httpTokens":"required","httpPutResponseHopLimit":2}}`)},
		{name: "optional", stack: some(awsTemplate, `{"metadataOptions":{"httpTokens":"optional"}}`), want: []string{`metadataOptions.httpTokens is "optional", want required`}},
		{name: "nothing said", stack: some(awsInstance, `{}`), want: []string{"metadataOptions.httpTokens is missing"}},
		{name: "off", stack: some(awsInstance, `{"metadataOptions":{"httpEndpoint":"disabled"}}`)},
		{name: "near without a word", options: options{"mostHops": 1.0}, stack: some(awsTemplate, `{"metadataOptions":{"httpTokens":"required"}}`)},
		{name: "far", stack: some(awsLaunchConfig, `{"metadataOptions":{"httpTokens":"required","httpPutResponseHopLimit":3}}`), want: []string{"httpPutResponseHopLimit is 3, want no more than 2"}},
		{name: "unknown", stack: some(awsTemplate, `{"metadataOptions":{"httpTokens":"?"}}`), undecided: []string{"httpTokens"}},
	})
}

func TestTheTokenIsSet(t *testing.T) {
	t.Parallel()
	for is, want := range map[string]string{
		`{"name":"t"}`: `{"metadataOptions":{"httpTokens":"required"},"name":"t"}`,
		`{"metadataOptions":{"httpEndpoint":"enabled","httpTokens":"optional"}}`: `{"metadataOptions":{"httpEndpoint":"enabled","httpTokens":"required"}}`,
	} {
		mended, changed := mendedBy(t, mendIMDSv2, nil, some(awsTemplate, is)[0])
		require.True(t, changed, is)
		assert.Equal(t, want, mended.Show())
	}
	for _, is := range []string{`{"metadataOptions":{"httpTokens":"required"}}`, `{"metadataOptions":{"httpEndpoint":"disabled"}}`, `{"metadataOptions":"?"}`} {
		_, changed := mendedBy(t, mendIMDSv2, nil, some(awsTemplate, is)[0])
		assert.False(t, changed, is)
	}
}
