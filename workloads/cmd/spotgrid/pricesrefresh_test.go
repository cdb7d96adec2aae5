package main_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

// aCloud answers as AWS does for one machine type.
func aCloud(t *testing.T) string {
	t.Helper()
	const product = `{"product":{"attributes":{"instanceType":"c7g.large","vcpu":"2","memory":"4 GiB"}},"terms":{"OnDemand":{"A":{"priceDimensions":{"B":{"unit":"Hrs","pricePerUnit":{"USD":"0.1"}}}}}}}`
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") != "" {
			assert.NoError(t, json.NewEncoder(w).Encode(map[string]any{"PriceList": []string{product}}))
			return
		}
		_, err := w.Write([]byte(`<R><spotPriceHistorySet><item><instanceType>c7g.large</instanceType><spotPrice>0.04</spotPrice>` +
			`<timestamp>2026-08-03T10:00:00Z</timestamp><availabilityZone>us-east-1a</availabilityZone></item></spotPriceHistorySet></R>`))
		assert.NoError(t, err)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestRefreshedPricesAreUsedFromThenOn(t *testing.T) {
	t.Parallel()
	p := priceless(t)
	p.environment = append(p.environment, "AWS_ENDPOINT_URL="+aCloud(t), "AWS_ACCESS_KEY_ID=key", "AWS_SECRET_ACCESS_KEY=secret", "NO_PROXY=127.0.0.1")
	file := strings.TrimPrefix(p.environment[0], "SPOTGRID_PRICES=")
	require.NoError(t, os.WriteFile(file, []byte("not a book"), 0o600))
	a := p.spotgrid(t, "", "prices", "refresh", "--cloud", "aws", "--region", "us-east-1")
	require.Zero(t, a.code, a.err)
	assert.Contains(t, a.err, "it is written anew")
	assert.Equal(t, "1 price in "+file+"\n", a.out)

	a = p.spotgrid(t, "", "prices", "--region", "us-east-1", "--match", "c7g.large", "--json")
	require.Zero(t, a.code, a.err)
	var b pricing.Book
	require.NoError(t, json.Unmarshal([]byte(a.out), &b))
	require.Len(t, b.Machines, 1)
	assert.Equal(t, 0.04, b.Machines[0].SpotHourlyUSD)
	assert.Equal(t, "aws-api-us-east-1", b.Sources[0].ID)

	a = p.spotgrid(t, "", "prices", "refresh", "--cloud", "aws", "--region", "us-east-1", "--json")
	require.Zero(t, a.code, a.err)
	assert.JSONEq(t, `{"cloud":"aws","file":"`+file+`","machines":1,"regions":["us-east-1"]}`, a.out)
}

func TestRefreshedPricesOfGoogleCloudNeedALogin(t *testing.T) {
	t.Parallel()
	p := priceless(t)
	p.environment = append(p.environment, "HOME="+p.dir, "GOOGLE_APPLICATION_CREDENTIALS="+p.dir+"/none.json", "GCE_METADATA_HOST=127.0.0.1:1")
	a := p.spotgrid(t, "", "prices", "refresh", "--cloud", "gcp", "--region", "us-central1")
	assert.Equal(t, 1, a.code)
	assert.Contains(t, a.err, "no Google Cloud credentials: log in")
	assert.NoFileExists(t, strings.TrimPrefix(p.environment[0], "SPOTGRID_PRICES="))

	bad := p.spotgrid(t, "", "prices", "refresh", "--cloud", "azure", "--region", "evil.example/?")
	assert.Equal(t, 2, bad.code)
	assert.Contains(t, bad.err, `--cloud is "azure", want aws or gcp`)
	assert.Contains(t, bad.err, `--region is "evil.example/?", want one such as us-east-1`)
}

// aCatalog gives tokens to a service account, and the catalog of E2 to who has one.
func aCatalog(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"access_token":"let me in","token_type":"Bearer","expires_in":3600}`)
			return
		}
		assert.Equal(t, "Bearer let me in", r.Header.Get("Authorization"))
		var skus []string
		for _, s := range []struct {
			text, usage, unit string
			nanos             int
		}{
			{"E2 Instance Core", "OnDemand", "h", 20_000_000}, {"E2 Instance Ram", "OnDemand", "GiBy.h", 3_000_000},
			{"Spot Preemptible E2 Instance Core", "Preemptible", "h", 8_000_000}, {"Spot Preemptible E2 Instance Ram", "Preemptible", "GiBy.h", 1_000_000},
		} {
			skus = append(skus, fmt.Sprintf(`{"description":"%s running in Americas","category":{"usageType":%q},"serviceRegions":["us-central1"],`+
				`"pricingInfo":[{"pricingExpression":{"usageUnit":%q,"tieredRates":[{"unitPrice":{"currencyCode":"USD","units":"0","nanos":%d}}]}}]}`, s.text, s.usage, s.unit, s.nanos))
		}
		fmt.Fprintf(w, `{"skus":[%s]}`, strings.Join(skus, ","))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// serviceAccount is a key file of an account that only one server knows.
func serviceAccount(t *testing.T, server string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	b, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "prices@project.example", "private_key": string(text), "token_uri": server + "/token",
	})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "account.json")
	require.NoError(t, os.WriteFile(file, b, 0o600))
	return file
}

func TestPricesOfGoogleCloudAreRefreshed(t *testing.T) {
	t.Parallel()
	p, server := priceless(t), aCatalog(t)
	p.environment = append(p.environment, "SPOTGRID_GCP_BILLING_ENDPOINT="+server, "GOOGLE_APPLICATION_CREDENTIALS="+serviceAccount(t, server), "NO_PROXY=127.0.0.1")
	a := p.spotgrid(t, "", "prices", "refresh", "--cloud", "gcp", "--region", "us-central1")
	require.Zero(t, a.code, a.err)
	assert.Regexp(t, `^gcp us-central1: \d+ machine types\n$`, a.err)
	a = p.spotgrid(t, "", "prices", "--cloud", "gcp", "--region", "us-central1", "--match", "e2-standard-2")
	require.Zero(t, a.code, a.err)
	assert.Regexp(t, `(?m)^gcp +us-central1 +e2-standard-2 +2 +8 +\$0\.0640 +\$0\.0168 +\$0\.0240 +\$0\.0348 +gcp-catalog-us-central1 +0$`, a.out)

	a = p.spotgrid(t, "", "prices", "refresh", "--cloud", "gcp", "--region", "us-east1")
	assert.Equal(t, 1, a.code)
	assert.Contains(t, a.err, `the Cloud Billing Catalog has no price in "us-east1" of any machine type that the book knows`)
}
