package command

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// ends keeps the first and the last bytes of a stream: its head tells what was
// begun, its tail how it ended. It holds at most one and a half times its limit.
type ends struct {
	headMax, tailMax int
	head, tail       []byte
	total            int64
}

func newEnds(limit int) ends { return ends{headMax: limit - limit/2, tailMax: limit / 2} }

func (e *ends) add(p []byte) {
	e.total += int64(len(p))
	if room := e.headMax - len(e.head); room > 0 {
		n := min(room, len(p))
		e.head, p = append(e.head, p[:n]...), p[n:]
	}
	if len(p) > e.tailMax {
		e.tail, p = e.tail[:0], p[len(p)-e.tailMax:]
	}
	if len(e.tail)+len(p) > 2*e.tailMax {
		drop := len(e.tail) + len(p) - e.tailMax
		e.tail = append(e.tail[:0], e.tail[drop:]...)
	}
	e.tail = append(e.tail, p...)
}

// truncated reports whether there was more than is kept.
func (e *ends) truncated() bool { return e.total > int64(e.headMax+e.tailMax) }

// text is what was kept as valid UTF-8, with a line that says how much is left
// out between head and tail, and whether bytes had to be replaced. A character
// that is cut in two is dropped, not replaced.
func (e *ends) text() (s string, replaced bool) {
	tail := e.tail[max(0, len(e.tail)-e.tailMax):]
	if !e.truncated() {
		return valid(append(e.head[:len(e.head):len(e.head)], tail...))
	}
	if e.headMax == 0 {
		return "", false
	}
	head := e.head[:len(e.head)-cutRune(e.head)]
	tail = tail[beginsInside(tail):]
	left := e.total - int64(len(head)+len(tail))
	first, was := valid(head)
	last, is := valid(tail)
	return fmt.Sprintf("%s\n[%d bytes left out]\n%s", first, left, last), was || is
}

func valid(b []byte) (s string, replaced bool) {
	if utf8.Valid(b) {
		return string(b), false
	}
	return strings.ToValidUTF8(string(b), "\uFFFD"), true
}

// cutRune is how many bytes at the end of b begin a character that is not
// complete.
func cutRune(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if tail := b[len(b)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// beginsInside is how many bytes at the start of b end a character that began
// before it.
func beginsInside(b []byte) int {
	n := 0
	for n < utf8.UTFMax && n < len(b) && !utf8.RuneStart(b[n]) {
		n++
	}
	if n == utf8.UTFMax {
		return 0 // no character is so long: it is not text
	}
	return n
}
