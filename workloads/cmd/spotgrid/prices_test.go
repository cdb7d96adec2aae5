package main_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/pricing"
)

func TestPricesAreShownWithTheirSourceAndAge(t *testing.T) {
	t.Parallel()
	a := priceless(t).spotgrid(t, "", "prices", "--cloud", "aws", "--region", "us-east-1", "--match", "c7g.l")
	require.Zero(t, a.code, a.err)
	assert.Regexp(t, `(?m)^aws +us-east-1 +c7g\.large +2 +4 +\$0\.0725 +\$[\d.]+ +\$[\d.]+ +\$[\d.]+ +ec2-list\+spot-advisor +\d+\+\d+$`, a.out)
	assert.Equal(t, 2, strings.Count(a.out, "\n")-strings.Count(a.out, "warning:"), "a head and one machine: %s", a.out)
	assert.Contains(t, a.out, "warning: prices of machines are days old (ec2-list ")

	none := priceless(t).spotgrid(t, "", "prices", "--match", "no such thing")
	require.Zero(t, none.code, none.err)
	assert.Equal(t, "no price in the book is of that\n", none.out)
}

func TestPricesAsJSONAreABook(t *testing.T) {
	t.Parallel()
	a := priceless(t).spotgrid(t, "", "prices", "--json", "--match", "filestore_zonal")
	require.Zero(t, a.code, a.err)
	var b pricing.Book
	require.NoError(t, json.Unmarshal([]byte(a.out), &b))
	require.NoError(t, b.Check())
	require.Len(t, b.Prices, 1)
	assert.Equal(t, 0.25, b.Prices[0].USD)
}

// TestAUsersOwnPricesGoBeforeTheProgramsOwn in prices and in estimates.
func TestAUsersOwnPricesGoBeforeTheProgramsOwn(t *testing.T) {
	t.Parallel()
	p := priceless(t)
	file := strings.TrimPrefix(p.environment[0], "SPOTGRID_PRICES=")
	own := &pricing.Book{
		Sources: []pricing.BookSource{{ID: "mine", URL: "https://prices.example", Version: "1", AsOf: "2026-01-31", Method: "contract", Dating: "known"}},
		Prices:  []pricing.Price{{Cloud: "aws", Region: "us-east-1", Item: "nat_gateway_hour", Unit: "hour", USD: 1, Source: "mine", Entry: "NAT"}},
	}
	require.NoError(t, own.Save(file))
	a := p.spotgrid(t, "", "prices", "--match", "nat_gateway_hour", "--region", "us-east-1")
	require.Zero(t, a.code, a.err)
	assert.Regexp(t, `nat_gateway_hour +1 +hour +mine`, a.out)
	a = p.spotgrid(t, "", "cost", "--preview", recorded(t, "aws-dev"), "--budget", "1e9", "--lines")
	require.Zero(t, a.code, a.err)
	assert.Regexp(t, `nat_gateway_hour +\$730\.00`, a.out)

	require.NoError(t, os.WriteFile(file, []byte("{}"), 0o600))
	a = p.spotgrid(t, "", "prices")
	assert.Equal(t, 1, a.code)
	assert.Contains(t, a.err, "price book \""+file+"\": checking price book: prices is empty")
}
