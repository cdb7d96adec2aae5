package aws_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/pricing"
	"github.com/spotgrid/spotgrid/workloads/pricing/aws"
)

var now = time.Date(2026, 8, 3, 12, 0, 0, 0, time.UTC)

// server answers both services as their documentation says; spot and products are
// in pages of one.
type server struct {
	t        *testing.T
	products []string
	spot     []string
	status   int
	text     string
}

func (s server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	assert.Equal(s.t, http.MethodPost, r.Method)
	b, err := io.ReadAll(r.Body)
	assert.NoError(s.t, err)
	switch {
	case s.status != 0:
		w.WriteHeader(s.status)
		fmt.Fprint(w, s.text)
	case r.Header.Get("X-Amz-Target") == "AWSPriceListService.GetProducts":
		assert.Regexp(s.t, `^AWS4-HMAC-SHA256 Credential=key/20260803/us-east-1/pricing/aws4_request, `, r.Header.Get("Authorization"))
		assert.Equal(s.t, "application/x-amz-json-1.1", r.Header.Get("Content-Type"))
		s.getProducts(w, b)
	default:
		assert.Regexp(s.t, `^AWS4-HMAC-SHA256 Credential=key/20260803/us-west-2/ec2/aws4_request, `, r.Header.Get("Authorization"))
		s.describe(w, string(b))
	}
}

// page is the part of a list that a token names, and the next token.
func page(all []string, token string) (part []string, next string) {
	n := 0
	fmt.Sscanf(token, "after-%d", &n)
	if n+1 < len(all) {
		next = fmt.Sprintf("after-%d", n+1)
	}
	return all[n:min(n+1, len(all))], next
}

func (s server) getProducts(w io.Writer, body []byte) {
	var q struct {
		ServiceCode, FormatVersion, NextToken string
		MaxResults                            int
		Filters                               []struct{ Type, Field, Value string }
	}
	assert.NoError(s.t, json.Unmarshal(body, &q))
	assert.Equal(s.t, "AmazonEC2", q.ServiceCode)
	assert.LessOrEqual(s.t, q.MaxResults, 100, "the most that the API takes")
	fields := map[string]string{}
	for _, f := range q.Filters {
		assert.Equal(s.t, "TERM_MATCH", f.Type)
		fields[f.Field] = f.Value
	}
	assert.Equal(s.t, map[string]string{
		"regionCode": "us-west-2", "operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used", "operation": "RunInstances",
	}, fields)
	part, next := page(s.products, q.NextToken)
	assert.NoError(s.t, json.NewEncoder(w).Encode(map[string]any{"FormatVersion": "aws_v1", "PriceList": part, "NextToken": next}))
}

func (s server) describe(w io.Writer, body string) {
	q, err := url.ParseQuery(body)
	assert.NoError(s.t, err)
	assert.Equal(s.t, "DescribeSpotPriceHistory", q.Get("Action"))
	assert.Equal(s.t, "2016-11-15", q.Get("Version"))
	assert.Equal(s.t, "Linux/UNIX", q.Get("ProductDescription.1"))
	assert.Equal(s.t, "2026-07-27T12:00:00Z", q.Get("StartTime"), "seven days ago")
	assert.Equal(s.t, "c7g.large", q.Get("InstanceType.1"), "the first that has a price on demand")
	part, next := page(s.spot, q.Get("NextToken"))
	fmt.Fprintf(w, `<DescribeSpotPriceHistoryResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><spotPriceHistorySet>%s</spotPriceHistorySet><nextToken>%s</nextToken></DescribeSpotPriceHistoryResponse>`,
		strings.Join(part, ""), next)
}

func product(machine, unit, usd string) string {
	return fmt.Sprintf(`{"product":{"productFamily":"Compute Instance","attributes":{"instanceType":%q,"vcpu":"2","memory":"1,004.5 GiB","regionCode":"us-west-2"}},
		"terms":{"OnDemand":{"A.B":{"priceDimensions":{"A.B.C":{"unit":%q,"pricePerUnit":{"USD":%q}}}}}},"publicationDate":"2026-08-01T00:00:00Z"}`, machine, unit, usd)
}

func spot(machine, zone, usd, at string) string {
	return fmt.Sprintf("<item><instanceType>%s</instanceType><productDescription>Linux/UNIX</productDescription><spotPrice>%s</spotPrice><timestamp>%s</timestamp><availabilityZone>%s</availabilityZone></item>",
		machine, usd, at, zone)
}

func client(t *testing.T, s server) *aws.Client {
	t.Helper()
	s.t = t
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	config := sdk.Config{BaseEndpoint: &h.URL, Credentials: credentials.NewStaticCredentialsProvider("key", "secret", "")}
	return aws.NewClient(config, h.Client(), func() time.Time { return now })
}

var usual = server{
	products: []string{
		product("c7g.large", "Hrs", "0.0725000000"), product("m7g.large", "Hrs", "0.0816000000"), product("z9.large", "Hrs", "0.5"),
		product("c7g.xlarge", "Quantity", "9"), product("c7g.medium", "Hrs", "0.0000000000"),
	},
	spot: []string{
		spot("c7g.large", "us-west-2a", "0.030000", "2026-08-03T10:00:00.000Z") + spot("c7g.large", "us-west-2a", "0.020000", "2026-08-01T10:00:00.000Z"),
		spot("c7g.large", "us-west-2b", "0.040000", "2026-08-02T10:00:00.000Z") + spot("c7g.large", "us-west-2b", "0.050000", "2026-07-20T10:00:00.000Z"),
		spot("c7g.large", "us-west-2-lax-1a", "0.001", "2026-08-02T10:00:00.000Z") + spot("m7g.large", "us-west-2a", "0.09", "2026-08-02T10:00:00.000Z"),
	},
}

func TestMachinesHaveAPriceOnDemandAndABandOnSpot(t *testing.T) {
	t.Parallel()
	b, err := client(t, usual).Machines(t.Context(), "us-west-2", []string{"nothing.large", "c7g.large", "m7g.large", "c7g.xlarge", "c7g.medium"})
	require.NoError(t, err)
	assert.Equal(t, []pricing.Machine{{
		Cloud: "aws", Region: "us-west-2", Type: "c7g.large", VCPUs: 2, MemoryGiB: 1004.5, OnDemandHourlyUSD: 0.0725,
		SpotHourlyUSD: 0.035, SpotLowHourlyUSD: 0.02, SpotHighHourlyUSD: 0.05, Sources: []string{"aws-api-us-west-2"},
	}}, b.Machines, "the local zone does not count, spot of m7g.large saves nothing, others were not asked for or are not paid by the hour")
	assert.Equal(t, "2026-08-03", b.Sources[0].AsOf)
}

func TestFaultsOfAWSAreSaid(t *testing.T) {
	t.Parallel()
	types := []string{"c7g.large"}
	for name, c := range map[string]struct {
		server server
		want   string
	}{
		"denied":        {server{status: 400, text: `{"__type":"AccessDeniedException","Message":"not authorized"}`}, `asking for prices on demand in "us-west-2": pricing answered 400 Bad Request: {"__type":"AccessDeniedException"`},
		"not JSON":      {server{status: 200, text: "<html>"}, "decoding products"},
		"a bad product": {server{products: []string{"{"}}, "decoding a product"},
		"a bad price":   {server{products: usual.products, spot: []string{spot("c7g.large", "us-west-2a", "free", "2026-08-03T10:00:00Z")}}, `the spot price of c7g.large in us-west-2a is "free"`},
		"no price":      {server{products: usual.products, spot: []string{""}}, "AWS named no machine type that has both, on demand (3 types) and on spot (0 of them)"},
		"no product":    {server{products: []string{product("t3.large", "Hrs", "1")}}, "AWS named no machine type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := client(t, c.server).Machines(t.Context(), "us-west-2", types)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestPagesWithoutEndEnd(t *testing.T) {
	t.Parallel()
	s := server{status: http.StatusOK, text: `{"PriceList":[],"NextToken":"again"}`}
	_, err := client(t, s).Machines(t.Context(), "us-west-2", []string{"c7g.large"})
	assert.ErrorContains(t, err, "products have more than 500 pages")
}
