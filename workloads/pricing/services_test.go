package pricing

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// published is what AWS asked when the book was made, by its own price files or
// a list that is checked against them. A change of the book has to be made here
// too.
var published = map[string]struct{ virginia, ireland float64 }{
	"nat_gateway_hour":        {0.045, 0.048},
	"nat_gateway_gb":          {0.045, 0.048},
	"public_ipv4_hour":        {0.005, 0.005},
	"interface_endpoint_hour": {0.01, 0.011},
	"interface_endpoint_gb":   {0.01, 0.01},
	"gateway_endpoint_hour":   {0, 0},
	"flow_log_ingestion_gb":   {0.5, 0.57},
	"log_ingestion_gb":        {0.5, 0.57},
	"log_storage_gb_month":    {0.03, 0.03},
	"efs_standard_gb_month":   {0.3, 0.33},
	"efs_infrequent_gb_month": {0.016, 0.016},
	"efs_archive_gb_month":    {0.008, 0.008},
	"efs_read_gb":             {0.03, 0.03},
	"efs_write_gb":            {0.06, 0.07},
	"sqs_requests_million":    {0.4, 0.4},
	"gp3_gb_month":            {0.08, 0.088},
	"lambda_requests_million": {0.2, 0.2},
	"lambda_arm64_gb_second":  {0.0000133334, 0.0000133334},
	"lambda_amd64_gb_second":  {0.0000166667, 0.0000166667},
	"s3_standard_gb_month":    {0.023, 0.023},
	"s3_put_requests_million": {5, 5},
	"s3_get_requests_million": {0.4, 0.4},
	"ecr_storage_gb_month":    {0.1, 0.1},
	"kms_key_month":           {1, 1},
	"kms_requests_million":    {3, 3},
	"alarm_metric_month":      {0.1, 0.1},
	"xray_traces_million":     {5, 5},
	"sns_requests_million":    {0.5, 0.5},
	"sns_emails_million":      {20, 20},
	"budget_month":            {0, 0},
}

func TestTheBookHasPublishedPrices(t *testing.T) {
	t.Parallel()
	book, err := Services()
	require.NoError(t, err)
	for item, want := range published {
		for region, usd := range map[string]float64{"us-east-1": want.virginia, "eu-west-1": want.ireland} {
			p, ok := book.Find("aws", region, item)
			require.True(t, ok, "%s in %s", item, region)
			assert.Equal(t, usd, p.USD, "%s in %s", item, region)
		}
	}
	p, ok := book.Find("aws", "us-east-1", "nat_gateway_hour")
	require.True(t, ok)
	assert.Equal(t, Price{
		Cloud: "aws", Region: "us-east-1", Item: "nat_gateway_hour", Unit: "hour", USD: 0.045,
		Source: "aws-natgateway", Entry: "Hourly charge for NAT Gateways", Agree: []string{"terratofu"},
	}, p)
	for _, missing := range [][3]string{{"gcp", "us-east-1", "nat_gateway_hour"}, {"aws", "us-west-2", "nat_gateway_hour"}, {"aws", "us-east-1", "nat"}} {
		_, ok := book.Find(missing[0], missing[1], missing[2])
		assert.False(t, ok, "%v", missing)
	}
}

func TestSourcesLeadToTheVeryVersion(t *testing.T) {
	t.Parallel()
	book, err := Services()
	require.NoError(t, err)
	commit := regexp.MustCompile(`^[0-9a-f]{40}$`)
	var pinned int
	for _, s := range book.Sources {
		if commit.MatchString(s.Version) {
			pinned++
			assert.Contains(t, s.URL, s.Version)
		}
	}
	assert.Equal(t, 9, pinned)
}

// Elsewhere than in us-east-1, some figures of the book could not be found.
func TestWhatTheBookLacks(t *testing.T) {
	t.Parallel()
	book, err := Services()
	require.NoError(t, err)
	var missing []string
	for _, p := range book.Prices {
		if _, ok := book.Find(p.Cloud, "eu-west-1", p.Item); !ok {
			missing = append(missing, p.Item)
		}
	}
	assert.Equal(t, []string{"efs_backup_gb_month", "scheduler_invocations_million", "zone_transfer_gb"}, missing)
}

func TestBadBooks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Book)
		want   []string
	}{
		"many faults": {
			func(b *Book) {
				b.Prices[0] = Price{Region: "us-east-1", Unit: "fortnight", USD: -1, Source: "hearsay"}
				b.Prices[2] = b.Prices[1]
				b.Sources[0].AsOf = "yesterday"
				b.Sources[1].URL = ""
			},
			[]string{
				"prices[0] (  in us-east-1): cloud is empty", "item is empty", "entry is empty", "usd is -1, want 0 or more",
				`unit is "fortnight", want one of GB, GB-month, GB-second, GiB, GiB-month, GiB-second, hour, million, month, vCPU-second`, `source "hearsay" is not in sources`,
				"prices[2] (aws auto_scaling_month in us-east-1) is there twice", `sources[0] (aws-vpc): as_of is "yesterday"`, "sources[1] (aws-natgateway) wants id, url",
			},
		},
		"not a number":            {func(b *Book) { b.Prices[3].USD = math.NaN() }, []string{"usd is NaN"}},
		"another unit":            {func(b *Book) { b.Prices[0].Item = "alarm_metric_gb_month" }, []string{`unit is "month", want an item that ends with _month`}},
		"agrees with itself":      {func(b *Book) { b.Prices[0].Agree = []string{b.Prices[0].Source} }, []string{"agree has"}},
		"agrees with a stranger":  {func(b *Book) { b.Prices[0].Agree = []string{"hearsay"} }, []string{`source "hearsay" is not in sources`}},
		"source of nothing":       {func(b *Book) { b.Sources = append(b.Sources, BookSource{ID: "spare"}) }, []string{"(spare) is the source of no price"}},
		"source twice":            {func(b *Book) { b.Sources = append(b.Sources, b.Sources[0]) }, []string{"(aws-vpc) is there twice"}},
		"no prices":               {func(b *Book) { b.Prices = nil }, []string{"prices is empty"}},
		"without date of sources": {func(b *Book) { b.Sources[0].Dating = "" }, []string{"sources[0] (aws-vpc) wants"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var book Book
			require.NoError(t, json.Unmarshal(services, &book))
			c.change(&book)
			err := book.Check()
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestParseBookIsStrict(t *testing.T) {
	t.Parallel()
	_, err := ParseBook(bytes.Replace(services, []byte(`"usd": `), []byte(`"eur": `), 1))
	assert.ErrorContains(t, err, `decoding price book: json: unknown field "eur"`)
	_, err = ParseBook(bytes.Replace(services, []byte(`"usd": 0.1`), []byte(`"usd": -0.1`), 1))
	assert.ErrorContains(t, err, "checking price book: prices[0] (aws alarm_metric_month in us-east-1): usd is -0.1")
	book, err := ParseBook(services)
	require.NoError(t, err)
	again, err := Services()
	require.NoError(t, err)
	assert.Equal(t, again, book)
}

func TestEveryPriceIsOfUse(t *testing.T) {
	t.Parallel()
	book, err := Services()
	require.NoError(t, err)
	notCounted := []string{"zone_transfer_gb"}
	used := slices.Clone(notCounted)
	for _, p := range AWSParts() {
		used = append(used, p.Idle...)
		for _, u := range p.Use {
			used = append(used, u.Item)
		}
	}
	slices.Sort(used)
	assert.Equal(t, slices.Compact(slices.Clone(used)), used, "an item is of one part")
	for _, p := range book.Prices {
		assert.Contains(t, used, p.Item)
	}
	for _, item := range used {
		_, ok := book.Find("aws", "us-east-1", item)
		assert.True(t, ok, item)
	}
}
