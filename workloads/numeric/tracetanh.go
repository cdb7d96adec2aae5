// Package numeric has numeric kernels on dense matrices of float64, and the job
// kind that runs them.
package numeric

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"unsafe"
)

// MaxSide is the largest number of rows: that of a matrix that fills 2^47
// bytes, the most a process can address.
const MaxSide = 1 << 22

// TraceTanh sets each element of dst to that of src plus the sum of tanh of
// src's diagonal, and returns that sum. Both are matrices of n rows and n
// columns, row by row: n*n values each, n from 1 to MaxSide. They must not
// overlap, since src stays as it is. The error lists every fault of the
// arguments; then dst is untouched.
//
// The sum is made in the order of the rows, so it does not depend on the number
// of cores. Values that are not finite behave as IEEE 754 says: a NaN on the
// diagonal makes every element NaN, an infinity there counts as 1 or -1.
//
// Large matrices are shared out among GOMAXPROCS goroutines. Nothing is
// allocated, once a first large matrix was done.
func TraceTanh(dst, src []float64, n int) (trace float64, err error) {
	if n < 1 || n > MaxSide || len(src) != n*n || len(dst) != n*n || overlap(dst, src) {
		return 0, fmt.Errorf("adding the trace of tanh: %w", faults(dst, src, n))
	}
	trace = sumTanhOfDiagonal(src, n)
	if len(src) < parallelFrom {
		addScalar(dst, src, trace)
		return trace, nil
	}
	addScalarParallel(dst, src, trace, runtime.GOMAXPROCS(0))
	return trace, nil
}

// faults names everything that is wrong with TraceTanh's arguments.
func faults(dst, src []float64, n int) error {
	if n < 1 || n > MaxSide {
		return fmt.Errorf("n is %d, want 1..%d", n, MaxSide)
	}
	var errs []error
	if len(src) != n*n {
		errs = append(errs, fmt.Errorf("src has %d values, want n*n = %d", len(src), n*n))
	}
	if len(dst) != n*n {
		errs = append(errs, fmt.Errorf("dst has %d values, want n*n = %d", len(dst), n*n))
	}
	if overlap(dst, src) {
		errs = append(errs, errors.New("dst and src overlap, want memory of their own"))
	}
	return errors.Join(errs...)
}

// overlap reports whether a and b share memory.
func overlap(a, b []float64) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	const size = unsafe.Sizeof(float64(0))
	aFrom, bFrom := uintptr(unsafe.Pointer(&a[0])), uintptr(unsafe.Pointer(&b[0]))
	return aFrom < bFrom+uintptr(len(b))*size && bFrom < aFrom+uintptr(len(a))*size
}

// sumTanhOfDiagonal adds up in the order of the rows.
func sumTanhOfDiagonal(src []float64, n int) float64 {
	sum := 0.0
	for i := 0; i < len(src); i += n + 1 {
		sum += math.Tanh(src[i])
	}
	return sum
}

// addScalar sets dst, which is as long as src, to src plus scalar. Eight at a
// time, the compiler checks bounds once for all of them.
func addScalar(dst, src []float64, scalar float64) {
	for len(src) >= 8 && len(dst) >= 8 {
		s, d := (*[8]float64)(src), (*[8]float64)(dst)
		s0, s1, s2, s3 := s[0]+scalar, s[1]+scalar, s[2]+scalar, s[3]+scalar
		s4, s5, s6, s7 := s[4]+scalar, s[5]+scalar, s[6]+scalar, s[7]+scalar
		d[0], d[1], d[2], d[3] = s0, s1, s2, s3
		d[4], d[5], d[6], d[7] = s4, s5, s6, s7
		src, dst = src[8:], dst[8:]
	}
	for i := range min(len(src), len(dst)) {
		dst[i] = src[i] + scalar
	}
}
