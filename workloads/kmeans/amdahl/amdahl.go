// Package amdahl tells from a few timings of one task how far more workers
// shorten it: Amdahl's law, fitted by least squares.
package amdahl

import (
	"errors"
	"fmt"
	"math"
)

// Timing is how long the task took with a number of workers.
type Timing struct {
	// Workers: 1 or more.
	Workers int `json:"workers"`
	// Seconds: positive.
	Seconds float64 `json:"seconds"`
}

// Law says that the task takes A + B/workers seconds: A is what only one can
// do at a time, B what can be shared.
type Law struct {
	// SerialFraction is A/(A+B): 0..1.
	SerialFraction float64 `json:"serial_fraction"`
	// OneWorkerSeconds is A+B.
	OneWorkerSeconds float64 `json:"one_worker_seconds"`
	// RelativeError is the root of the mean square of how far the timings are off
	// the law, relative to it.
	RelativeError float64 `json:"relative_error"`
}

// Fit finds the law nearest to the timings, by least squares of the seconds,
// neither part being negative. It wants timings of at least two numbers of
// workers; the error lists every fault.
func Fit(timings []Timing) (Law, error) {
	var errs []error
	numbers := map[int]bool{}
	for i, t := range timings {
		numbers[t.Workers] = true
		if t.Workers < 1 {
			errs = append(errs, fmt.Errorf("timing %d is of %d workers, want 1 or more", i+1, t.Workers))
		}
		if !(t.Seconds > 0) || math.IsInf(t.Seconds, 0) {
			errs = append(errs, fmt.Errorf("timing %d is %v seconds, want a positive number", i+1, t.Seconds))
		}
	}
	if len(numbers) < 2 {
		errs = append(errs, fmt.Errorf("timings are of %d numbers of workers, want 2 or more", len(numbers)))
	}
	if err := errors.Join(errs...); err != nil {
		return Law{}, fmt.Errorf("fitting Amdahl's law: %w", err)
	}
	a, b := leastSquares(timings)
	l := Law{SerialFraction: a / (a + b), OneWorkerSeconds: a + b}
	squares := 0.0
	for _, t := range timings {
		squares += math.Pow(t.Seconds/l.Seconds(t.Workers)-1, 2)
	}
	l.RelativeError = math.Sqrt(squares / float64(len(timings)))
	return l, nil
}

// leastSquares finds a and b, neither negative, that bring a + b/workers
// nearest to the seconds.
func leastSquares(timings []Timing) (a, b float64) {
	var n, x, xx, y, xy float64
	for _, t := range timings {
		inverse := 1 / float64(t.Workers)
		n, x, xx, y, xy = n+1, x+inverse, xx+inverse*inverse, y+t.Seconds, xy+inverse*t.Seconds
	}
	b = (n*xy - x*y) / (n*xx - x*x)
	a = (y - b*x) / n
	switch {
	case a < 0:
		return 0, xy / xx
	case b < 0:
		return y / n, 0
	}
	return a, b
}

// Seconds that the task takes with so many workers, 1 or more.
func (l Law) Seconds(workers int) float64 {
	return l.OneWorkerSeconds * (l.SerialFraction + (1-l.SerialFraction)/float64(workers))
}

// Speedup is how many times faster so many workers are than one.
func (l Law) Speedup(workers int) float64 { return l.OneWorkerSeconds / l.Seconds(workers) }

// MaxSpeedup is what no number of workers exceeds; infinite without a serial
// part.
func (l Law) MaxSpeedup() float64 { return 1 / l.SerialFraction }

// maxWorkers bounds WorkersAt.
const maxWorkers = 1_000_000

// WorkersAt is the largest number of workers, up to a million, of which each
// does at least the given share, 0..1, of what one alone does: their speedup
// divided by their number.
func (l Law) WorkersAt(efficiency float64) int {
	// 1/(f*p + 1-f) >= e, solved for p.
	workers := 1 + (1/efficiency-1)/l.SerialFraction
	if !(workers < maxWorkers) {
		return maxWorkers
	}
	return max(1, int(workers+1e-9))
}
