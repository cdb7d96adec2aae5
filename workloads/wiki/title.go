package wiki

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxTitleBytes is the longest title of a page, in bytes of UTF-8.
// Source: https://www.mediawiki.org/wiki/Manual:Page_title
const MaxTitleBytes = 255

// titleSigns are what no title may have.
// Source: https://www.mediawiki.org/wiki/Manual:$wgLegalTitleChars
const titleSigns = "#<>[]|{}"

// encodedPattern is of what MediaWiki would take for encoded characters.
var encodedPattern = regexp.MustCompile(`%[0-9A-Fa-f]{2}|&#?[A-Za-z0-9]+;`)

// NormalizeTitle brings a title into the form in which MediaWiki keeps it: NFC,
// single spaces for spaces and underscores, none at the ends, no marks of
// direction. The error says all that is wrong with it.
func NormalizeTitle(title string) (string, error) {
	if len(title) > 4*MaxTitleBytes { // before any work with it
		return "", fmt.Errorf("has %d bytes, want 1..%d", len(title), MaxTitleBytes)
	}
	if !utf8.ValidString(title) {
		return "", fmt.Errorf("is %q, want valid UTF-8", clip(title))
	}
	title = strings.Map(mapTitle, norm.NFC.String(title))
	title = strings.Join(strings.FieldsFunc(title, func(r rune) bool { return r == ' ' }), " ")
	if err := checkTitle(title); err != nil {
		return "", err
	}
	return title, nil
}

// mapTitle makes one sort of space of all, and drops marks of direction.
func mapTitle(r rune) rune {
	switch {
	case r == '\u200e', r == '\u200f', r >= '\u202a' && r <= '\u202e':
		return -1
	case r == '_', unicode.Is(unicode.Zs, r), r == '\u2028', r == '\u2029':
		return ' '
	}
	return r
}

func checkTitle(title string) error {
	var faults []string
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if n := len(title); n == 0 {
		bad("is empty, want the title of an article")
	} else if n > MaxTitleBytes {
		bad("has %d bytes, want 1..%d", n, MaxTitleBytes)
	}
	if i := strings.IndexFunc(title, unicode.IsControl); i >= 0 {
		bad("is %q, want no control characters", clip(title))
	}
	if i := strings.IndexAny(title, titleSigns+"\ufffd"); i >= 0 {
		sign, _ := utf8.DecodeRuneInString(title[i:])
		bad("has %q, want none of %s, which no title has", sign, titleSigns)
	}
	if found := encodedPattern.FindString(title); found != "" {
		bad("has %q, want characters as they are, not encoded", found)
	}
	if strings.HasPrefix(title, ":") {
		bad("begins with a colon, want a title")
	}
	parts := strings.Split(title, "/")
	if slices.Contains(parts, ".") || slices.Contains(parts, "..") {
		bad("is %q, want no part that is . or ..", clip(title))
	}
	if strings.Contains(title, "~~~") {
		bad("has ~~~, which no title has")
	}
	if len(faults) == 0 {
		return nil
	}
	return errors.New(strings.Join(faults, "; "))
}

// escapeTitle is a normalized title as one segment of a path.
func escapeTitle(title string) string {
	return url.PathEscape(strings.ReplaceAll(title, " ", "_"))
}
