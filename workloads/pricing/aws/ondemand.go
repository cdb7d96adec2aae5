package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

// plain is what a machine on demand is among the Price List's products: Linux
// without licences, shared, and neither reserved nor of another kind. Source:
// "Finding services and products" of the Price List Query API.
var plain = [][2]string{
	{"operatingSystem", "Linux"}, {"tenancy", "Shared"}, {"preInstalledSw", "NA"}, {"capacitystatus", "Used"}, {"operation", "RunInstances"},
}

type filter struct {
	Type  string
	Field string
	Value string
}

type product struct {
	Product struct {
		Attributes struct {
			InstanceType string `json:"instanceType"`
			VCPU         string `json:"vcpu"`
			Memory       string `json:"memory"` // "8 GiB", "1,952 GiB"
		} `json:"attributes"`
	} `json:"product"`
	Terms struct {
		OnDemand map[string]struct {
			PriceDimensions map[string]struct {
				Unit         string            `json:"unit"`
				PricePerUnit map[string]string `json:"pricePerUnit"`
			} `json:"priceDimensions"`
		} `json:"OnDemand"`
	} `json:"terms"`
}

// onDemand is what all machine types of a region cost on demand.
func (c *Client) onDemand(ctx context.Context, region string) (map[string]pricing.Machine, error) {
	question := struct {
		ServiceCode   string
		FormatVersion string
		MaxResults    int
		Filters       []filter
		NextToken     string `json:",omitempty"`
	}{ServiceCode: "AmazonEC2", FormatVersion: "aws_v1", MaxResults: 100}
	for _, f := range append([][2]string{{"regionCode", region}}, plain...) {
		question.Filters = append(question.Filters, filter{"TERM_MATCH", f[0], f[1]})
	}
	found := map[string]pricing.Machine{}
	for range maxPages {
		body, err := json.Marshal(question)
		if err != nil {
			return nil, err
		}
		header := map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSPriceListService.GetProducts"}
		b, err := c.call(ctx, "pricing", priceListRegion, "https://api.pricing."+priceListRegion+".amazonaws.com/", header, body)
		if err != nil {
			return nil, err
		}
		var page struct {
			PriceList []string
			NextToken string
		}
		if err := json.Unmarshal(b, &page); err != nil {
			return nil, fmt.Errorf("decoding products: %w", err)
		}
		for _, text := range page.PriceList {
			if err := addProduct(found, text); err != nil {
				return nil, err
			}
		}
		if question.NextToken = page.NextToken; question.NextToken == "" {
			return found, nil
		}
	}
	return nil, fmt.Errorf("products have more than %d pages", maxPages)
}

// addProduct reads a product, which the API gives as JSON in a text. What is no
// machine that is paid by the hour is left out.
func addProduct(found map[string]pricing.Machine, text string) error {
	var p product
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return fmt.Errorf("decoding a product: %w", err)
	}
	a := p.Product.Attributes
	cpus, cpuErr := strconv.Atoi(a.VCPU)
	memory, memoryErr := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSuffix(a.Memory, " GiB"), ",", ""), 64)
	if a.InstanceType == "" || cpuErr != nil || memoryErr != nil {
		return nil
	}
	for _, term := range p.Terms.OnDemand {
		for _, d := range term.PriceDimensions {
			usd, err := strconv.ParseFloat(d.PricePerUnit["USD"], 64)
			if err == nil && d.Unit == "Hrs" && usd > 0 {
				found[a.InstanceType] = pricing.Machine{VCPUs: cpus, MemoryGiB: memory, OnDemandHourlyUSD: usd}
			}
		}
	}
	return nil
}
