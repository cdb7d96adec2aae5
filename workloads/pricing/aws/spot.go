package aws

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

// apiVersion of EC2's query API.
const apiVersion = "2016-11-15"

// band is what a machine type cost on spot.
type band struct {
	low, high float64
	// latest price and its time, by zone.
	latest map[string]float64
	at     map[string]time.Time
}

// likely is the median of the zones' latest prices; of an even count the mean of
// the middle two.
func (b *band) likely() float64 {
	var all []float64
	for _, usd := range b.latest {
		all = append(all, usd)
	}
	return pricing.Median(all)
}

func (b *band) add(zone string, at time.Time, usd float64) {
	b.low, b.high = min(b.low, usd), max(b.high, usd)
	if last, ok := b.at[zone]; !ok || at.After(last) {
		b.at[zone], b.latest[zone] = at, usd
	}
}

type history struct {
	Items []struct {
		Type  string    `xml:"instanceType"`
		Price string    `xml:"spotPrice"`
		Zone  string    `xml:"availabilityZone"`
		At    time.Time `xml:"timestamp"`
	} `xml:"spotPriceHistorySet>item"`
	NextToken string `xml:"nextToken"`
}

// spot is what some types cost in the last days, in the zones of a region. The
// history has every change since then, and the price that was valid before.
func (c *Client) spot(ctx context.Context, region string, types []string) (map[string]*band, error) {
	form := url.Values{
		"Action": {"DescribeSpotPriceHistory"}, "Version": {apiVersion}, "ProductDescription.1": {"Linux/UNIX"}, "MaxResults": {"1000"},
		"StartTime": {c.now().UTC().AddDate(0, 0, -historyDays).Format(time.RFC3339)},
	}
	for i, t := range types {
		form.Set("InstanceType."+strconv.Itoa(i+1), t)
	}
	found := map[string]*band{}
	header := map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
	for range maxPages {
		b, err := c.call(ctx, "ec2", region, "https://ec2."+region+".amazonaws.com/", header, []byte(form.Encode()))
		if err != nil {
			return nil, err
		}
		var page history
		if err := xml.Unmarshal(b, &page); err != nil {
			return nil, fmt.Errorf("decoding the history: %w", err)
		}
		if err := page.addTo(found, region); err != nil {
			return nil, err
		}
		if page.NextToken == "" {
			return found, nil
		}
		form.Set("NextToken", page.NextToken)
	}
	return nil, fmt.Errorf("the history has more than %d pages", maxPages)
}

// addTo leaves out zones of other names than us-east-1a: local zones and those of
// carriers.
func (h history) addTo(found map[string]*band, region string) error {
	for _, item := range h.Items {
		if letter, ok := strings.CutPrefix(item.Zone, region); !ok || len(letter) != 1 {
			continue
		}
		usd, err := strconv.ParseFloat(item.Price, 64)
		if err != nil || !(usd > 0) {
			return fmt.Errorf("the spot price of %s in %s is %q, want more than 0", item.Type, item.Zone, item.Price)
		}
		b := found[item.Type]
		if b == nil {
			b = &band{low: usd, high: usd, latest: map[string]float64{}, at: map[string]time.Time{}}
			found[item.Type] = b
		}
		b.add(item.Zone, item.At, usd)
	}
	return nil
}
