package npy

import (
	"fmt"
	"strconv"
	"strings"
)

// parser reads the few of Python's literals that a header is made of.
type parser struct {
	text string
	at   int
}

// parseHeader reads a dictionary with exactly the keys descr, fortran_order
// and shape, followed by white space.
func parseHeader(text string) (header, error) {
	p := &parser{text: text}
	h, err := p.header()
	if err != nil {
		return header{}, fmt.Errorf("its header, at byte %d of %.200q: %w", p.at, text, err)
	}
	return h, nil
}

func (p *parser) header() (header, error) {
	var h header
	if !p.take("{") {
		return h, fmt.Errorf("want {")
	}
	seen := map[string]bool{}
	for !p.take("}") {
		key, err := p.quoted()
		if err != nil {
			return h, fmt.Errorf("want a key or }: %w", err)
		}
		if seen[key] {
			return h, fmt.Errorf("%q stands there twice", key)
		}
		seen[key] = true
		if !p.take(":") {
			return h, fmt.Errorf("want : after %q", key)
		}
		if err := p.value(key, &h); err != nil {
			return h, fmt.Errorf("%s: %w", key, err)
		}
		if !p.take(",") && !p.sees("}") {
			return h, fmt.Errorf("want , or }")
		}
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return h, fmt.Errorf("%q is missing", key)
		}
	}
	if p.skipSpace(); p.at != len(p.text) {
		return h, fmt.Errorf("want nothing after }")
	}
	return h, nil
}

func (p *parser) value(key string, h *header) (err error) {
	switch key {
	case "descr":
		h.descr, err = p.quoted()
	case "fortran_order":
		switch {
		case p.take("True"):
			h.fortranOrder = true
		case !p.take("False"):
			err = fmt.Errorf("want True or False")
		}
	case "shape":
		h.shape, err = p.tuple()
	default:
		err = fmt.Errorf("the key is not known, want descr, fortran_order or shape")
	}
	return err
}

// quoted reads a string of printable ASCII without escapes.
func (p *parser) quoted() (string, error) {
	p.skipSpace()
	if p.at == len(p.text) || (p.text[p.at] != '\'' && p.text[p.at] != '"') {
		return "", fmt.Errorf("want a quoted string")
	}
	body, _, closed := strings.Cut(p.text[p.at+1:], p.text[p.at:p.at+1])
	if !closed || strings.Contains(body, `\`) {
		return "", fmt.Errorf("want a quoted string without escapes")
	}
	p.at += len(body) + 2
	return body, nil
}

// tuple reads whole numbers in parentheses. One number needs its comma, as in
// Python: (3) is not a tuple.
func (p *parser) tuple() ([]int, error) {
	if !p.take("(") {
		return nil, fmt.Errorf("want a tuple of whole numbers")
	}
	shape := []int{}
	comma := true
	for !p.take(")") {
		if !comma {
			return nil, fmt.Errorf("want , or )")
		}
		n, err := p.number()
		if err != nil {
			return nil, err
		}
		shape = append(shape, n)
		comma = p.take(",")
	}
	if len(shape) == 1 && !comma {
		return nil, fmt.Errorf("want a tuple, as (%d,)", shape[0])
	}
	return shape, nil
}

func (p *parser) number() (int, error) {
	p.skipSpace()
	end := p.at
	for end < len(p.text) && p.text[end] >= '0' && p.text[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(p.text[p.at:end])
	if err != nil {
		return 0, fmt.Errorf("want a whole number that is not negative: %w", err)
	}
	p.at = end
	return n, nil
}

// take moves past token, if it comes next.
func (p *parser) take(token string) bool {
	if !p.sees(token) {
		return false
	}
	p.at += len(token)
	return true
}

func (p *parser) sees(token string) bool {
	p.skipSpace()
	return strings.HasPrefix(p.text[p.at:], token)
}

func (p *parser) skipSpace() {
	for p.at < len(p.text) && strings.IndexByte(" \t\n\r", p.text[p.at]) >= 0 {
		p.at++
	}
}
