package ociregistry

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheRegionIsThatOfTheRegistrysHost(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com":          "eu-west-1",
		"123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com": "us-gov-west-1",
		"123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn":      "cn-north-1",
	} {
		got, ok := regionOf(host)
		assert.True(t, ok, host)
		assert.Equal(t, want, got)
	}
	for _, host := range []string{
		"", "public.ecr.aws", "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example", "dkr.ecr.eu-west-1.amazonaws.com",
		"1.dkr.ecr.eu-west-1.amazonaws.com", "123456789012.dkr.ecr.eu-west-1.evil.amazonaws.com",
	} {
		_, ok := regionOf(host)
		assert.False(t, ok, "%s gets no token of the user's", host)
	}
}

func TestGooglesRegistriesAreThoseOfArtifactRegistry(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"europe-west1-docker.pkg.dev", "northamerica-northeast2-docker.pkg.dev", "europe-docker.pkg.dev"} {
		assert.True(t, googleHost.MatchString(host), host)
	}
	for _, host := range []string{
		"", "docker.pkg.dev", "-docker.pkg.dev", "europe-west1-docker.pkg.dev.evil.example", "europe-west1-docker.pkg.dev:8080",
		"evil.europe-west1-docker.pkg.dev", "europe-west1-docker-pkg.dev", "europe-west1-python.pkg.dev", "gcr.io",
	} {
		assert.False(t, googleHost.MatchString(host), "%s gets no token of the user's", host)
	}
}

// answering answers everything.
type answering struct{}

func (answering) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK}, nil
}

func TestNothingLeavesThisMachineWithoutTLS(t *testing.T) {
	t.Parallel()
	for url, allowed := range map[string]bool{
		"https://host.example/v2/": true, "https://10.0.0.1/v2/": true,
		"http://127.0.0.1:5000/v2/": true, "http://localhost:5000/v2/": true, "http://[::1]:5000/v2/": true,
		"http://10.0.0.1/v2/": false, "http://host.example/v2/": false, "http://localhost.evil.example/v2/": false,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		require.NoError(t, err)
		_, err = tlsOnly{answering{}}.RoundTrip(r)
		if allowed {
			assert.NoError(t, err, url)
		} else {
			assert.ErrorIs(t, err, ErrPlainText, url)
		}
	}
}
