package wiki

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxMeanings is how many articles an answer names that a title may refer
	// to.
	maxMeanings = 10
	// linksAsked is how many links of such a page are looked at.
	linksAsked = 100
	// maxSummaryBytes is far above the paragraph that a summary has.
	maxSummaryBytes = 64 << 10
	// maxLagSeconds is what MediaWiki's manual recommends.
	// Source: https://www.mediawiki.org/wiki/Manual:Maxlag_parameter
	maxLagSeconds = 5
)

// Answer is what Wikipedia says of an entity.
type Answer struct {
	// Title of the article, where redirects led.
	Title string `json:"title"`
	Lang  string `json:"lang"`
	// URL is the article's, for those who show its text; "" if it is not known.
	URL string `json:"url,omitempty"`
	// Sentence is the article's first, or what the page says where the entity
	// is ambiguous.
	Sentence string `json:"sentence"`
	// Ambiguous: the entity may be several things, of which MayReferTo has the
	// titles of some; none if Wikipedia did not say.
	Ambiguous  bool     `json:"ambiguous,omitempty"`
	MayReferTo []string `json:"may_refer_to,omitempty"`
}

// Message is the answer in one line.
func (a Answer) Message() string {
	if !a.Ambiguous {
		return a.Sentence
	}
	if len(a.MayReferTo) == 0 {
		return strconv.Quote(a.Title) + " may refer to several articles"
	}
	return a.Sentence + " " + strings.Join(a.MayReferTo, "; ")
}

// summary is as much of an answer as is needed.
// Source: https://en.wikipedia.org/api/rest_v1/#/Page%20content/get_page_summary__title_
type summary struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Lang    string `json:"lang"`
	Extract string `json:"extract"`
	URLs    struct {
		Desktop struct {
			Page string `json:"page"`
		} `json:"desktop"`
	} `json:"content_urls"`
}

// check refuses what is no summary, and what would fill memory where answers
// are kept.
func (s summary) check() error {
	if s.Title == "" {
		return errors.New("its answer has no title, which every summary has")
	}
	if n := len(s.Title) + len(s.URLs.Desktop.Page) + len(s.Extract); n > maxSummaryBytes {
		return fmt.Errorf("its summary has %d bytes, want at most %d", n, maxSummaryBytes)
	}
	return nil
}

// disambiguation is the type of pages that say what a title may refer to.
const disambiguation = "disambiguation"

// Lookup asks what an entity is. The error is a *RequestError, a
// *NotFoundError, an *UpstreamError, or wraps ctx's.
func (c *Client) Lookup(ctx context.Context, r Request) (Answer, error) {
	r, err := r.Normalized()
	if err != nil {
		return Answer{}, err
	}
	var s summary
	err = c.try(ctx, func(ctx context.Context) error {
		s = summary{}
		return c.get(ctx, c.base(r.Lang)+"/api/rest_v1/page/summary/"+escapeTitle(r.Entity), &s)
	})
	if errors.Is(err, errNotFound) {
		return Answer{}, &NotFoundError{Title: r.Entity, Lang: r.Lang}
	}
	if err != nil {
		return Answer{}, err
	}
	if err := s.check(); err != nil {
		return Answer{}, &UpstreamError{Status: http.StatusOK, Err: err}
	}
	a := Answer{Title: s.Title, Lang: r.Lang, URL: s.URLs.Desktop.Page}
	if s.Type == disambiguation {
		a.Ambiguous = true
		a.Sentence, a.MayReferTo = lead(s), c.meanings(ctx, r.Lang, s.Title)
		return a, nil
	}
	if a.Sentence = FirstSentence(r.Lang, s.Extract); a.Sentence == "" {
		return Answer{}, &NotFoundError{Title: s.Title, Lang: r.Lang, HasNoText: true}
	}
	return a, nil
}

// lead is "Mercury may refer to:" of a page that goes on with a list.
func lead(s summary) string {
	text := NormalizeText(s.Extract)
	for _, colon := range []string{":", "："} {
		if before, _, ok := strings.Cut(text, colon); ok && !strings.Contains(before, "\n") {
			return before + colon
		}
	}
	return s.Title + ":"
}

// meanings are the titles of articles that a page of disambiguation links to.
// None if that cannot be found out: the answer is worth something without.
func (c *Client) meanings(ctx context.Context, lang, title string) []string {
	query := url.Values{
		"action": {"query"}, "format": {"json"}, "formatversion": {"2"}, "redirects": {"1"}, "titles": {title},
		"generator": {"links"}, "gplnamespace": {"0"}, "gpllimit": {strconv.Itoa(linksAsked)},
		"prop": {"info"}, "maxlag": {strconv.Itoa(maxLagSeconds)},
	}
	var answer struct {
		Query struct {
			Pages []struct {
				Title   string `json:"title"`
				Missing bool   `json:"missing"`
			} `json:"pages"`
		} `json:"query"`
	}
	err := c.try(ctx, func(ctx context.Context) error {
		return c.get(ctx, c.base(lang)+"/w/api.php?"+query.Encode(), &answer)
	})
	if err != nil {
		return nil
	}
	var titles []string
	for _, page := range answer.Query.Pages {
		if n := len(page.Title); n > 0 && n <= MaxTitleBytes && !page.Missing {
			titles = append(titles, page.Title)
		}
	}
	return likeliest(titles, title)
}

// likeliest puts titles that have the ambiguous word first, since such pages
// link to other things, too.
func likeliest(titles []string, word string) []string {
	word, _, _ = strings.Cut(word, " (") // as in "Mercury (disambiguation)"
	rank := func(title string) int {
		if strings.Contains(strings.ToLower(title), strings.ToLower(word)) {
			return 0
		}
		return 1
	}
	slices.SortFunc(titles, func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b)) })
	titles = slices.Compact(titles)
	return titles[:min(len(titles), maxMeanings)]
}
