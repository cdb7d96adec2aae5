package wiki

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Signs that end a sentence. Those of scripts without capitals end it whatever
// follows.
const (
	plainEnds  = ".!?…"
	strongEnds = "。！？｡।॥؟۔։።။។"
)

// Brackets and quotes. The straight quote opens and closes.
const (
	openers = "([{«“„‘「『（【〈《〔［｛"
	closers = ")]}»”’」』）】〉》〕］｝\"'"
)

// FirstSentence is the first sentence of text, which is normalized as by
// NormalizeText before, and all of it if no end is found. Lang, as in Request,
// tells where a number with a full stop is "third". What is found is always a
// prefix of the normalized text.
//
// A rule of thumb decides, not grammar: where it is not sure, it rather takes
// too much than half a sentence.
func FirstSentence(lang, text string) string {
	text = NormalizeText(text)
	text, _, _ = strings.Cut(text, "\n")
	s := scanner{text: text, hasOrdinals: slices.Contains(ordinalLangs, lang)}
	if end := s.end(true); end > 0 {
		return text[:end]
	}
	// A bracket that is never closed must not hide every end behind it.
	if s.depth > 0 || s.isQuoted {
		if end := s.end(false); end > 0 {
			return text[:end]
		}
	}
	return text
}

// NormalizeText has one space for each run of white space, a line feed where
// the run has one, nothing at its ends and no other control characters.
func NormalizeText(text string) string {
	var b strings.Builder
	space := ""
	for _, r := range strings.ToValidUTF8(text, "\ufffd") {
		switch {
		case r == '\n' || r == '\u2028' || r == '\u2029':
			space = "\n"
		case unicode.IsSpace(r):
			if space == "" {
				space = " "
			}
		case unicode.IsControl(r):
		default:
			if b.Len() > 0 {
				b.WriteString(space)
			}
			space = ""
			b.WriteRune(r)
		}
	}
	return b.String()
}

// scanner looks for the end of the first sentence.
type scanner struct {
	text        string
	hasOrdinals bool

	// depth of brackets, and whether a straight quote is open.
	depth    int
	isQuoted bool
}

// end is the index behind the first sentence, 0 if none is found. If nested,
// nothing ends within brackets or quotes.
func (s *scanner) end(nested bool) int {
	s.depth, s.isQuoted = 0, false
	begun := false // with a letter or a number
	for i := 0; i < len(s.text); {
		r, size := utf8.DecodeRuneInString(s.text[i:])
		begun = begun || unicode.IsLetter(r) || unicode.IsNumber(r)
		if !begun || !isEnd(r) {
			s.pass(i, r)
			i += size
			continue
		}
		from := i
		i += size
		i += len(s.text[i:]) - len(strings.TrimLeftFunc(s.text[i:], isEnd))
		after := i
		i = s.close(i)
		if nested && (s.depth > 0 || s.isQuoted) {
			continue
		}
		if s.isSentence(from, after, i) {
			return i
		}
	}
	return 0
}

func isEnd(r rune) bool { return strings.ContainsRune(plainEnds+strongEnds, r) }

// pass notes brackets and quotes.
func (s *scanner) pass(i int, r rune) {
	switch {
	case r == '"':
		// One behind a digit is likely inches, and harmless as a closing one.
		before, _ := utf8.DecodeLastRuneInString(s.text[:i])
		s.isQuoted = i == 0 || unicode.IsSpace(before) || strings.ContainsRune(openers, before)
	case r == '\'' || r == '’' || r == '‘': // rather apostrophes
	case strings.ContainsRune(openers, r):
		s.depth++
	case strings.ContainsRune(closers, r):
		s.depth = max(0, s.depth-1)
	}
}

// close passes what closes brackets and quotes directly behind an end.
func (s *scanner) close(i int) int {
	for i < len(s.text) {
		r, size := utf8.DecodeRuneInString(s.text[i:])
		if !strings.ContainsRune(closers, r) {
			break
		}
		s.pass(i, r)
		i += size
	}
	return i
}

// isSentence tells whether the signs at [from, after), with what they close up
// to end, end a sentence.
func (s *scanner) isSentence(from, after, end int) bool {
	rest := s.text[end:]
	if rest == "" {
		return true
	}
	signs := s.text[from:after]
	if strings.ContainsAny(signs, strongEnds) {
		return end == after || !startsLower(rest) && !startsHan(rest)
	}
	if rest[0] != ' ' || startsLower(rest[1:]) || strings.ContainsRune(",;:–—-)", firstRune(rest[1:])) {
		return false // a number, an address, "Yahoo! is"
	}
	next := nextWord(rest[1:])
	switch {
	case strings.HasPrefix(signs, "..") || strings.Contains(signs, "…"):
		return has(pronouns, next)
	case signs != ".":
		// "Yahoo! Inc.", "Panic! At the Disco": a name rather than a sentence.
		return has(pronouns, next) || strings.Count(s.text[:from], " ") >= 2
	case has(starters, next):
		return !has(neverLast, s.wordBefore(from))
	}
	return !s.isAbbreviation(from, rest[1:])
}

func firstRune(text string) rune {
	r, _ := utf8.DecodeRuneInString(text)
	return r
}

func startsLower(text string) bool {
	r := firstRune(strings.TrimLeft(text, openers+closers+" "))
	return unicode.IsLower(r) && !unicode.Is(unicode.Georgian, r) // which has capitals, and begins nothing with them
}

// startsHan tells whether a sentence that quotes another goes on, as with
// 「…。」と言った.
func startsHan(text string) bool {
	return unicode.In(firstRune(text), unicode.Hiragana, unicode.Katakana, unicode.Han)
}
