// Package aws asks AWS what machines cost: on demand from the Price List Query API,
// on spot from the history that EC2 keeps. Both are one call each, which this
// package writes itself and the SDK signs: EC2's own client would make the program
// larger by tens of megabytes.
//
// Callers need the permissions pricing:GetProducts and
// ec2:DescribeSpotPriceHistory. Nothing is tried again. Regions in China, which
// have other hosts, cannot be asked.
package aws

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

const (
	// priceListRegion has the Price List Query API, for all regions.
	priceListRegion = "us-east-1"
	// maxPages bounds what a server can make of one question; a region has about 10
	// pages on demand and some dozens on spot.
	maxPages = 500
	// maxAnswerBytes bounds an answer: a page has 100 products of about 5 KB.
	maxAnswerBytes = 32 << 20
	// maxErrorBytes of an answer are shown.
	maxErrorBytes = 300
	// historyDays is how far back spot prices are looked at, for low and high.
	historyDays = 7
)

// Client asks with the credentials of a configuration; its BaseEndpoint, where it
// has one, is asked instead of AWS.
type Client struct {
	config sdk.Config
	http   *http.Client
	now    func() time.Time
}

// NewClient makes a client; now says what time it is.
func NewClient(config sdk.Config, client *http.Client, now func() time.Time) *Client {
	return &Client{config: config, http: client, now: now}
}

// Machines is a book of some machine types in a region, such as us-east-1: Linux,
// shared tenancy. Low and high are the least and the most of all zones in the last
// seven days, likely is the median of the zones' latest prices. Types that have no
// price of both kinds are left out, and so are those whose spot price is above that
// on demand. It fails where nothing is left.
func (c *Client) Machines(ctx context.Context, region string, types []string) (*pricing.Book, error) {
	onDemand, err := c.onDemand(ctx, region)
	if err != nil {
		return nil, fmt.Errorf("asking for prices on demand in %q: %w", region, err)
	}
	types = slices.DeleteFunc(slices.Clone(types), func(t string) bool { _, ok := onDemand[t]; return !ok })
	spot := map[string]*band{}
	if len(types) > 0 {
		if spot, err = c.spot(ctx, region, types); err != nil {
			return nil, fmt.Errorf("asking for spot prices in %q: %w", region, err)
		}
	}
	day := c.now().UTC().Format(time.DateOnly)
	source := pricing.BookSource{
		ID: "aws-api-" + region, Version: day, AsOf: day,
		URL:    "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html",
		Method: "AWS's own APIs: GetProducts on demand; DescribeSpotPriceHistory of seven days on spot, the least, the zones' median and the most.",
		Dating: "The day on which AWS was asked.",
	}
	b := &pricing.Book{Sources: []pricing.BookSource{source}}
	for _, name := range slices.Sorted(slices.Values(types)) {
		if m, ok := machine(onDemand[name], spot[name]); ok {
			m.Cloud, m.Region, m.Type, m.Sources = "aws", region, name, []string{source.ID}
			b.Machines = append(b.Machines, m)
		}
	}
	if len(b.Machines) == 0 {
		return nil, fmt.Errorf("asking for prices in %q: AWS named no machine type that has both, on demand (%d types) and on spot (%d of them)", region, len(onDemand), len(spot))
	}
	return b, b.Check()
}

// machine joins what is known of one; false without a spot price, or with one that
// saves nothing.
func machine(offer pricing.Machine, b *band) (pricing.Machine, bool) {
	if b == nil || b.likely() > offer.OnDemandHourlyUSD {
		return offer, false
	}
	offer.SpotHourlyUSD, offer.SpotLowHourlyUSD, offer.SpotHighHourlyUSD = b.likely(), b.low, b.high
	return offer, true
}

// call signs and posts a body and returns the answer.
func (c *Client) call(ctx context.Context, service, region, endpoint string, header map[string]string, body []byte) ([]byte, error) {
	if c.config.BaseEndpoint != nil {
		endpoint = *c.config.BaseEndpoint
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	credentials, err := c.config.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, r, hex.EncodeToString(sum[:]), service, region, c.now()); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswerBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading the answer: %w", err)
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s answered %s: %s", service, answer.Status, bytes.ToValidUTF8(b[:min(len(b), maxErrorBytes)], []byte("?")))
	case len(b) > maxAnswerBytes:
		return nil, fmt.Errorf("%s answered more than %d MiB", service, maxAnswerBytes>>20)
	}
	return b, nil
}
