package gallery

import (
	"fmt"
	"path"
	"strings"
	"time"
)

func base(name string) string { return path.Base(name) }

func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// seconds prints a duration as people read it.
func seconds(s float64) string {
	switch {
	case s < 1:
		return fmt.Sprintf("%.0f ms", s*1000)
	case s < 120:
		return fmt.Sprintf("%.1f s", s)
	}
	return (time.Duration(s) * time.Second).String()
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// dollars prints an amount with three digits that count: small jobs cost
// millionths of a dollar.
func dollars(usd float64) string {
	switch {
	case usd < 0.001:
		return fmt.Sprintf("%.3g µ$", usd*1e6)
	case usd < 1:
		return fmt.Sprintf("$%.5f", usd)
	}
	return fmt.Sprintf("$%.2f", usd)
}

// cut shortens text to one line of at most n characters.
func cut(s string, n int) string {
	line, _, more := strings.Cut(strings.TrimSpace(s), "\n")
	r := []rune(line)
	if len(r) > n {
		return string(r[:n-1]) + "…"
	}
	if more {
		return line + " …"
	}
	return line
}
