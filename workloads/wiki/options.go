package wiki

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"
)

// The environment of programs that ask Wikipedia.
const (
	// BaseVariable is Options.BaseURL.
	BaseVariable = "SPOTGRID_WIKI_BASE_URL"
	// ContactVariable is Options.Contact.
	ContactVariable = "SPOTGRID_WIKI_CONTACT"
)

const (
	// DefaultBaseURL is where Wikipedia is.
	DefaultBaseURL = "https://" + langMark + ".wikipedia.org"
	// DefaultContact is where Wikipedia's operators find out what asks them.
	DefaultContact = "https://github.com/spotgrid/spotgrid"

	langMark = "{lang}"
)

// Limits of a client, each with its reason.
const (
	// MaxAnswerBytes is as much as is read of an answer, uncompressed: summaries
	// have some KiB.
	MaxAnswerBytes = 1 << 20
	// maxTries of one request, the first included.
	maxTries = 4
	// firstPause is before the second try; it doubles with each, up to
	// maxPause. Half of it is random, so that many clients do not come back
	// together.
	firstPause = 500 * time.Millisecond
	maxPause   = 30 * time.Second
	// DefaultTryTimeout is far above the second that a slow summary takes, and
	// twice fits into the ten seconds that a function has by default.
	DefaultTryTimeout = 4 * time.Second
	// DefaultPatience is more than Wikipedia usually asks to wait.
	DefaultPatience = 2 * time.Minute
	// maxRedirects: one to the normal form of a title, one to the article, and
	// room to spare.
	maxRedirects = 5
	// MaxPerSecond is the most that Options.PerSecond may be: what Wikimedia
	// asked clients of this API to stay under.
	// Source: https://en.wikipedia.org/api/rest_v1/
	MaxPerSecond = 200
)

// Options of a client. The zero value asks Wikipedia.
type Options struct {
	// BaseURL is where the wikis are, "{lang}" standing for Request.Lang. "":
	// DefaultBaseURL. Redirects to other hosts are refused.
	BaseURL string
	// Contact is a web or mail address by which Wikimedia's operators reach
	// whoever runs this, as their policy wants it. "": DefaultContact.
	// Source: https://foundation.wikimedia.org/wiki/Policy:Wikimedia_Foundation_User-Agent_Policy
	Contact string
	// PerSecond is how many requests are made, at most, 0..MaxPerSecond; 0: as
	// many as callers want.
	PerSecond float64
	// TryTimeout bounds one request; 0: DefaultTryTimeout.
	TryTimeout time.Duration
	// Patience is the longest pause that Wikipedia may ask for; one that it asks
	// for beyond that is an error at once. 0: DefaultPatience.
	Patience time.Duration
	// Transport makes requests; nil: one of its own.
	Transport http.RoundTripper
	// Now, Sleep and Random are the clock and what is random: 0 <= Random() < 1.
	// Nil: the real ones.
	Now    func() time.Time
	Sleep  func(ctx context.Context, d time.Duration) error
	Random func() float64
}

// OptionsFrom are those that the environment names.
func OptionsFrom(getenv func(string) string) Options {
	return Options{BaseURL: getenv(BaseVariable), Contact: getenv(ContactVariable)}
}

// check returns every fault, joined.
func (o Options) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	u, err := url.Parse(strings.ReplaceAll(o.BaseURL, langMark, "en"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		bad("base URL (%s) is %q, want http or https and a host, such as %s", BaseVariable, o.BaseURL, DefaultBaseURL)
	}
	if strings.ContainsFunc(o.Contact, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '(' || r == ')' }) || !strings.ContainsAny(o.Contact, "/@") {
		bad("contact (%s) is %q, want a web or mail address without spaces and brackets", ContactVariable, o.Contact)
	}
	if !(o.PerSecond >= 0 && o.PerSecond <= MaxPerSecond) {
		bad("requests per second are %v, want 0..%d", o.PerSecond, MaxPerSecond)
	}
	if o.TryTimeout < 0 || o.Patience < 0 {
		bad("timeout of a try is %s and patience %s, want 0 or more", o.TryTimeout, o.Patience)
	}
	return errors.Join(errs...)
}

func (o Options) withDefaults() Options {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	if o.Contact == "" {
		o.Contact = DefaultContact
	}
	if o.TryTimeout == 0 {
		o.TryTimeout = DefaultTryTimeout
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	return o
}

func newTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 32 // as many as a job may ask at a time
	t.MaxResponseHeaderBytes = 64 << 10
	return t
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// userAgent is name, contact and library, in the form that the policy gives.
func userAgent(contact string) string {
	return "spotgrid-wiki/1.0 (" + contact + ") net-http/" + strings.TrimPrefix(runtime.Version(), "go")
}
