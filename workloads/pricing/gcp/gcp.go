// Package gcp asks Google Cloud what machines cost, of the Cloud Billing Catalog.
// Who asks needs a project with the Cloud Billing API switched on, and no role.
// Nothing is tried again.
package gcp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/oauth2/google"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

const (
	// Endpoint is Google's.
	Endpoint = "https://cloudbilling.googleapis.com"

	// computeEngine is the ID of the service in the catalog.
	computeEngine = "/v1/services/6F81-5844-456A/skus"
	scope         = "https://www.googleapis.com/auth/cloud-billing.readonly"
	pageSize      = 5000
	// maxPages and maxAnswerBytes bound what a server can make of one question: the
	// service has some ten pages, each of a few MB.
	maxPages       = 200
	maxAnswerBytes = 64 << 20
	maxErrorBytes  = 300
)

// SourceID is what prices of the catalog in a region name their source by.
func SourceID(region string) string { return "gcp-catalog-" + region }

// Catalog is the Cloud Billing Catalog.
type Catalog struct {
	// Endpoint is a URL without a path.
	Endpoint string
	Client   *http.Client
	// Token lets a question in.
	Token func(context.Context) (string, error)
}

// DefaultToken is one of application default credentials.
func DefaultToken(ctx context.Context) (string, error) {
	found, err := google.FindDefaultCredentials(ctx, scope)
	if err != nil {
		return "", fmt.Errorf("no Google Cloud credentials: log in (`gcloud auth application-default login`): %w", err)
	}
	t, err := found.TokenSource.Token()
	if err != nil {
		return "", fmt.Errorf("asking Google Cloud for a token: %w", err)
	}
	return t.AccessToken, nil
}

// Book is what machines of some types cost in some regions, such as us-central1, on
// a day, which is today: a type's processors and memory times what the catalog says
// of its family. Types that the catalog does not price so are missing, and named.
// How far spot prices move is not in the catalog: low and high are not known.
func (c Catalog) Book(ctx context.Context, types []pricing.Machine, regions []string, day time.Time) (*pricing.Book, []string, error) {
	token, err := c.Token(ctx)
	if err != nil {
		return nil, nil, err
	}
	found := rates{}
	query := url.Values{"currencyCode": {"USD"}, "pageSize": {strconv.Itoa(pageSize)}}
	for range maxPages {
		var page struct {
			SKUs          []sku  `json:"skus"`
			NextPageToken string `json:"nextPageToken"`
		}
		if err := c.get(ctx, token, query, &page); err != nil {
			return nil, nil, fmt.Errorf("asking the Cloud Billing Catalog: %w", err)
		}
		for _, s := range page.SKUs {
			found.add(s)
		}
		if page.NextPageToken == "" {
			b, missing := found.book(types, regions, c.Endpoint+computeEngine, day)
			return b, missing, nil
		}
		query.Set("pageToken", page.NextPageToken)
	}
	return nil, nil, fmt.Errorf("asking the Cloud Billing Catalog: it has more than %d pages", maxPages)
}

func (c Catalog) get(ctx context.Context, token string, query url.Values, page any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Endpoint+computeEngine+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := c.Client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswerBytes+1))
	switch {
	case err != nil:
		return fmt.Errorf("reading an answer: %w", err)
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s", answer.Status, reason(b))
	case len(b) > maxAnswerBytes:
		return fmt.Errorf("an answer has more than %d MiB", maxAnswerBytes>>20)
	}
	if err := json.Unmarshal(b, page); err != nil {
		return fmt.Errorf("decoding an answer: %w", err)
	}
	return nil
}

// reason is what an answer says went wrong, or its beginning.
func reason(b []byte) string {
	var fault struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(b, &fault) == nil && fault.Error.Message != "" {
		b = []byte(fault.Error.Message)
	}
	return string(bytes.ToValidUTF8(b[:min(len(b), maxErrorBytes)], []byte("?")))
}
