package wikijob

import (
	"errors"
	"net/http"

	"github.com/spotgrid/spotgrid/workloads/wiki"
)

// Status is what came of an entity.
type Status string

// The statuses.
const (
	Found     Status = "found"
	Ambiguous Status = "ambiguous" // may_refer_to has what it may be
	Missing   Status = "missing"   // no article, or one without text
	Invalid   Status = "invalid"   // no title of an article
	Failed    Status = "failed"    // Wikipedia's answer was of no use
)

// Line is one line of the output.
type Line struct {
	// Entity as it was given.
	Entity string `json:"entity"`
	Status Status `json:"status"`
	// Title, URL, Sentence and MayReferTo are those of wiki.Answer.
	Title      string   `json:"title,omitempty"`
	URL        string   `json:"url,omitempty"`
	Sentence   string   `json:"sentence,omitempty"`
	MayReferTo []string `json:"may_refer_to,omitempty"`
	// Error says why there is no sentence.
	Error string `json:"error,omitempty"`

	isCached bool
}

// newLine makes the line of what was asked. It returns the error if that is no
// matter of this entity alone, and the attempt must fail.
func newLine(entity string, a wiki.Answer, err error) (Line, error) {
	l := Line{Entity: entity, Title: a.Title, URL: a.URL, Sentence: a.Sentence, MayReferTo: a.MayReferTo}
	invalid, missing, upstream := (*wiki.RequestError)(nil), (*wiki.NotFoundError)(nil), (*wiki.UpstreamError)(nil)
	switch {
	case err == nil && a.Ambiguous:
		l.Status = Ambiguous
	case err == nil:
		l.Status = Found
	case errors.As(err, &invalid):
		l.Status, l.Error = Invalid, invalid.Err.Error()
	case errors.As(err, &missing):
		l.Status, l.Error = Missing, err.Error()
	case errors.As(err, &upstream) && isOfEntity(upstream):
		l.Status, l.Error = Failed, err.Error()
	default:
		return Line{}, err
	}
	return l, nil
}

// isOfEntity: another entity may be answered. Being refused or overload hits
// all alike.
func isOfEntity(e *wiki.UpstreamError) bool {
	if e.Temporary {
		return false
	}
	switch e.Status {
	case http.StatusOK, http.StatusBadRequest, http.StatusRequestURITooLong, http.StatusGone, http.StatusUnavailableForLegalReasons:
		return true
	}
	return false
}

// Counts are how many lines there are of each status.
type Counts struct {
	Found     int `json:"found"`
	Ambiguous int `json:"ambiguous"`
	Missing   int `json:"missing"`
	Invalid   int `json:"invalid"`
	Failed    int `json:"failed"`
	// Cached are those of them that the cache answered.
	Cached int `json:"cached"`
}

func (c *Counts) add(l Line) {
	switch l.Status {
	case Found:
		c.Found++
	case Ambiguous:
		c.Ambiguous++
	case Missing:
		c.Missing++
	case Invalid:
		c.Invalid++
	case Failed:
		c.Failed++
	}
	if l.isCached {
		c.Cached++
	}
}

// answered are those that Wikipedia said something useful of.
func (c Counts) answered() int { return c.Found + c.Ambiguous + c.Missing }
