package asgfleet_test

import (
	"strconv"
	"testing"
	"text/scanner"

	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// number is a value of a metric in one minute, or that there is none.
type number struct {
	v  float64
	ok bool
}

func some(v float64) number { return number{v, true} }

// evaluate computes as much of CloudWatch's metric math as the fleet uses (user
// guide, using metric math): where an operand has no value, neither has the
// result. Both branches of an IF are computed, so that a division by zero in
// the one that is not taken is a fault too.
func evaluate(t *testing.T, expression string, values map[string]number) number {
	t.Helper()
	m := &parser{t: t, values: values}
	m.s.Init(strings.NewReader(expression))
	m.next()
	result := m.comparison()
	require.Equal(t, rune(scanner.EOF), m.token, "%s: what follows %q", expression, m.s.TokenText())
	return result
}

type parser struct {
	t      *testing.T
	s      scanner.Scanner
	token  rune
	values map[string]number
}

func (m *parser) next() { m.token = m.s.Scan() }

func (m *parser) expect(r rune) {
	m.t.Helper()
	require.Equal(m.t, r, m.token, "at %s", m.s.Position)
	m.next()
}

func (m *parser) comparison() number {
	a := m.sum()
	op := m.token
	if op != '>' && op != '=' {
		return a
	}
	m.next()
	if op == '=' {
		m.expect('=')
	}
	b := m.sum()
	holds := a.v > b.v
	if op == '=' {
		holds = a.v == b.v
	}
	result := number{ok: a.ok && b.ok}
	if holds {
		result.v = 1
	}
	return result
}

func (m *parser) sum() number {
	a := m.quotient()
	for m.token == '+' {
		m.next()
		b := m.quotient()
		a = number{a.v + b.v, a.ok && b.ok}
	}
	return a
}

func (m *parser) quotient() number {
	a := m.operand()
	for m.token == '/' {
		m.next()
		b := m.operand()
		if b.ok && b.v == 0 {
			m.t.Errorf("division by zero")
		}
		a = number{a.v / b.v, a.ok && b.ok}
	}
	return a
}

func (m *parser) operand() number {
	text := m.s.TokenText()
	switch m.token {
	case '(':
		m.next()
		a := m.comparison()
		m.expect(')')
		return a
	case scanner.Int:
		m.next()
		v, err := strconv.ParseFloat(text, 64)
		require.NoError(m.t, err)
		return some(v)
	}
	require.Equal(m.t, rune(scanner.Ident), m.token, "at %s", m.s.Position)
	m.next()
	if m.token != '(' {
		v, known := m.values[text]
		require.True(m.t, known, "no metric is called %s", text)
		return v
	}
	return m.call(text)
}

func (m *parser) call(function string) number {
	m.expect('(')
	args := []number{m.comparison()}
	for m.token == ',' {
		m.next()
		args = append(args, m.comparison())
	}
	m.expect(')')
	switch {
	case function == "FILL" && len(args) == 2:
		if args[0].ok {
			return args[0]
		}
		return args[1]
	case function == "IF" && len(args) == 3:
		switch {
		case !args[0].ok:
			return number{}
		case args[0].v != 0:
			return args[1]
		}
		return args[2]
	}
	m.t.Fatalf("function %s of %d arguments", function, len(args))
	return number{}
}

func TestMetricMath(t *testing.T) {
	t.Parallel()
	values := map[string]number{"a": some(6), "b": some(3), "none": {}}
	for expression, want := range map[string]number{
		"a + b / 3":               some(7),
		"(a + b) / 3":             some(3),
		"a > b":                   some(1),
		"b > a":                   some(0),
		"a == 6":                  some(1),
		"a + none":                {},
		"FILL(none, 2) + a":       some(8),
		"FILL(a, 2)":              some(6),
		"IF(a > b, b, a)":         some(3),
		"IF(b > a, b, a)":         some(6),
		"IF(none > 0, 1, 2)":      {},
		"IF(a > 0, none, 1)":      {},
		"a / IF(b == 3, 2, none)": some(3),
	} {
		got := evaluate(t, expression, values)
		if !got.ok {
			got.v = 0
		}
		assert.Equal(t, want, got, expression)
	}
}
