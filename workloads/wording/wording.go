// Package wording prints numbers as people read them.
package wording

import (
	"fmt"
	"time"
)

// Count is a number of things that add an s: "1 job", "2 jobs".
func Count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// Seconds is a duration: "38 ms", "2.8 s", "3m20s".
func Seconds(s float64) string {
	switch {
	case s < 1:
		return fmt.Sprintf("%.0f ms", s*1000)
	case s < 120:
		return fmt.Sprintf("%.1f s", s)
	}
	return (time.Duration(s) * time.Second).String()
}

// USD is an amount with three digits that count: small jobs cost millionths of a US
// dollar, which is µ$.
func USD(amount float64) string {
	switch {
	case amount < 0.001:
		return fmt.Sprintf("%.3g µ$", amount*1e6)
	case amount < 1:
		return fmt.Sprintf("$%.5f", amount)
	}
	return fmt.Sprintf("$%.2f", amount)
}

// Percent is a share of 1: "31 %".
func Percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }
