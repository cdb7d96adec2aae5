// Package limits checks numbers against ranges and collects every fault, so
// that a user mends all of them at once.
package limits

import (
	"errors"
	"fmt"
)

// Faults are what was found so far. The zero value is ready to use.
type Faults struct{ errs []error }

// Between notes a value outside lo..hi, both allowed.
func (f *Faults) Between(field string, v, lo, hi int) {
	if v < lo || v > hi {
		f.Addf("%s is %d, want %d..%d", field, v, lo, hi)
	}
}

// Addf notes any other fault.
func (f *Faults) Addf(format string, args ...any) {
	f.errs = append(f.errs, fmt.Errorf(format, args...))
}

// Add notes an error, unless it is nil.
func (f *Faults) Add(err error) {
	if err != nil {
		f.errs = append(f.errs, err)
	}
}

// Err is all faults joined, or nil.
func (f *Faults) Err() error { return errors.Join(f.errs...) }
