package wiki_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/wiki"
)

// capture is a transport that only notes what was asked.
type capture struct{ asked *url.URL }

var errCaptured = errors.New("captured")

func (c *capture) RoundTrip(r *http.Request) (*http.Response, error) {
	c.asked = r.URL
	return nil, errCaptured
}

// asked is the address that a request asks.
func asked(t *testing.T, r wiki.Request) *url.URL {
	t.Helper()
	c := &capture{}
	client, err := wiki.NewClient(wiki.Options{Transport: c, Sleep: func(context.Context, time.Duration) error { return errCaptured }})
	require.NoError(t, err)
	_, err = client.Lookup(t.Context(), r)
	require.ErrorIs(t, err, errCaptured)
	return c.asked
}

// checkAsked has what holds for every request that is asked.
func checkAsked(t *testing.T, r wiki.Request) {
	t.Helper()
	u := asked(t, r)
	assert.Equal(t, "https://"+r.Lang+".wikipedia.org", u.Scheme+"://"+u.Host, "a request chooses no other host")
	title, ok := strings.CutPrefix(u.EscapedPath(), "/api/rest_v1/page/summary/")
	assert.True(t, ok)
	assert.NotContains(t, title, "/", "a title is one segment")
	assert.Empty(t, u.RawQuery+u.Fragment)
	plain, err := url.PathUnescape(title)
	require.NoError(t, err)
	assert.Equal(t, r.Entity, strings.ReplaceAll(plain, "_", " "))
}

func TestTitlesAreAskedInTheirNormalForm(t *testing.T) {
	t.Parallel()
	for title, path := range map[string]string{
		"google":                      "google",
		"New  York_City ":             "New_York_City",
		"AC/DC":                       "AC%2FDC",
		"What? & why; 50 % + more":    "What%3F_&_why%3B_50_%25_+_more",
		"今泉力哉":                        "%E4%BB%8A%E6%B3%89%E5%8A%9B%E5%93%89",
		"Cafe\u0301":                  "Caf%C3%A9",
		"Mount\u00a0Everest\u3000top": "Mount_Everest_top",
		"\u200eGoogle\u202c":          "Google",
		"C.O.P.S./x":                  "C.O.P.S.%2Fx",
		`"Heroes"`:                    "%22Heroes%22",
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			r, err := wiki.Request{Entity: title}.Normalized()
			require.NoError(t, err)
			assert.Equal(t, "/api/rest_v1/page/summary/"+path, asked(t, r).EscapedPath())
			checkAsked(t, r)
		})
	}
}

func TestLanguagesHaveTheirHost(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"de", "simple", "zh-min-nan", "be-x-old", "roa-rup"} {
		assert.Equal(t, lang+".wikipedia.org", asked(t, wiki.Request{Entity: "a", Lang: lang}).Host)
	}
	assert.Equal(t, "en.wikipedia.org", asked(t, wiki.Request{Entity: "a"}).Host)
}
