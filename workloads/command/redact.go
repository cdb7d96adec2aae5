package command

import (
	"bytes"
	"maps"
	"slices"
)

// redactor takes the values of secrets out of a stream, also where a value
// arrives in parts. It finds a value as it is, and not one that the program
// has encoded or changed.
type redactor struct {
	secrets []namedSecret // the longest first
	pending []byte        // the beginning of a value, perhaps
}

type namedSecret struct{ value, mark []byte }

// newRedactor takes secrets by variable. Without any, nothing is held up.
func newRedactor(secrets map[string]string) *redactor {
	r := &redactor{}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		r.secrets = append(r.secrets, namedSecret{[]byte(secrets[name]), []byte("[secret " + name + "]")})
	}
	slices.SortStableFunc(r.secrets, func(a, b namedSecret) int { return len(b.value) - len(a.value) })
	return r
}

// next takes what has come and returns what may be shown by now.
func (r *redactor) next(p []byte) []byte {
	if len(r.secrets) == 0 {
		return p
	}
	r.pending = append(r.pending, p...)
	return r.clean(false)
}

// rest returns what was held back.
func (r *redactor) rest() []byte { return r.clean(true) }

func (r *redactor) clean(isEnd bool) []byte {
	var shown []byte
	for len(r.pending) > 0 {
		open := len(r.pending)
		if !isEnd {
			open = r.begins()
		}
		at, found := r.find()
		if found == nil || at >= open {
			// A value may begin at open, and a longer one than that at at.
			shown = append(shown, r.pending[:open]...)
			r.pending = slices.Clone(r.pending[open:])
			return shown
		}
		shown = append(append(shown, r.pending[:at]...), found.mark...)
		r.pending = r.pending[at+len(found.value):]
	}
	return shown
}

// find is the first value that is there as a whole, the longest of those that
// begin there.
func (r *redactor) find() (at int, found *namedSecret) {
	at = len(r.pending)
	for i := range r.secrets {
		if n := bytes.Index(r.pending[:min(len(r.pending), at+len(r.secrets[i].value))], r.secrets[i].value); n >= 0 && n < at {
			at, found = n, &r.secrets[i]
		}
	}
	return at, found
}

// begins is where the first value begins of which the end has not come yet, or
// the end of what is there.
func (r *redactor) begins() int {
	first := len(r.pending)
	for _, s := range r.secrets {
		for at := max(0, len(r.pending)-len(s.value)+1); at < first; at++ {
			next := bytes.IndexByte(r.pending[at:first], s.value[0])
			if next < 0 {
				break
			}
			if at += next; bytes.HasPrefix(s.value, r.pending[at:]) {
				first = at
			}
		}
	}
	return first
}
