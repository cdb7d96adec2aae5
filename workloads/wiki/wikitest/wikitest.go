// Package wikitest is a Wikipedia for tests and benchmarks: an HTTP handler that
// answers with what Wikipedia answered, see answers/README.md, and fails when it
// is told to. Like the real one it redirects titles to their normal form and to
// articles, and answers unknown titles with a problem and status 404.
package wikitest

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed answers/*.json
var answers embed.FS

// Read returns a file of answers/. It panics if there is none.
func Read(name string) []byte {
	b, err := answers.ReadFile("answers/" + name)
	if err != nil {
		panic(err)
	}
	return b
}

// articles are files of answers/, by language and title.
var articles = map[string]string{
	"en/Google":  "google.json",
	"en/Ipomoea": "ipomoea.json",
	"en/Batata":  "batata.json",
	"en/Test":    "test.json",
	"ja/今泉力哉":    "imaizumi.json",
}

// redirects are titles by language and title, and the status they have.
var redirects = map[string]struct {
	title  string
	status int
}{
	"en/google":  {"Google", http.StatusMovedPermanently},
	"en/batatas": {"Batatas", http.StatusMovedPermanently},
	"en/Batatas": {"Ipomoea", http.StatusFound},
}

// BasePath is to be appended to the server's URL: its first part is the
// language.
const BasePath = "/{lang}"

const (
	summaryPath = "api/rest_v1/page/summary/"
	actionPath  = "w/api.php"
	// thingPrefix begins titles that there is an article for, whatever number
	// follows.
	thingPrefix = "Thing_"
)

// Seen is a request that was made.
type Seen struct {
	// Path is escaped as it came, with the query.
	Path, UserAgent, Accept string
}

// Wiki serves. The zero value is ready to use, and safe for concurrent use.
type Wiki struct {
	mu     sync.Mutex
	seen   []Seen
	faults []http.HandlerFunc
}

// FailNext has the next requests answered otherwise, each by one of the
// handlers. Those that are nil are answered as ever.
func (w *Wiki) FailNext(handlers ...http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, handlers...)
}

// Seen are all requests until now.
func (w *Wiki) Seen() []Seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}

func (w *Wiki) note(r *http.Request) http.HandlerFunc {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, Seen{r.URL.RequestURI(), r.UserAgent(), r.Header.Get("Accept")})
	if len(w.faults) == 0 {
		return nil
	}
	fault := w.faults[0]
	w.faults = w.faults[1:]
	return fault
}

func (w *Wiki) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if fault := w.note(r); fault != nil {
		fault(rw, r)
		return
	}
	lang, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if path == actionPath {
		write(rw, http.StatusOK, "application/json; charset=utf-8", Read("batata-links.json"))
		return
	}
	title, ok := strings.CutPrefix(path, summaryPath)
	if !ok {
		http.NotFound(rw, r)
		return
	}
	summary(rw, lang, title)
}

func summary(rw http.ResponseWriter, lang, title string) {
	const kind = `application/json; charset=utf-8; profile="https://www.mediawiki.org/wiki/Specs/Summary/1.5.0"`
	if to, ok := redirects[lang+"/"+title]; ok {
		rw.Header().Set("Location", to.title) // relative, as the real one has it
		rw.WriteHeader(to.status)
		return
	}
	if file, ok := articles[lang+"/"+title]; ok {
		write(rw, http.StatusOK, kind, Read(file))
		return
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(title, thingPrefix)); err == nil && strings.HasPrefix(title, thingPrefix) {
		write(rw, http.StatusOK, kind, thing(lang, n))
		return
	}
	write(rw, http.StatusNotFound, "application/problem+json", Read("missing.json"))
}

// thing is an article that is made up, in the form of the real ones.
func thing(lang string, n int) []byte {
	title := fmt.Sprintf("Thing %d", n)
	b, _ := json.Marshal(map[string]any{ // maps of strings can be encoded
		"type": "standard", "title": title, "lang": lang,
		"extract": fmt.Sprintf("%s is no. %d of the things, e.g. for tests. It is made up.", title, n),
	})
	return b
}

// Answer answers with a status and a body; the headers come in pairs.
func Answer(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body)) // a caller that is gone needs none
	}
}

func write(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller that is gone needs none
}
