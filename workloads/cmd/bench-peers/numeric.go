package main

import (
	"context"
	"time"

	"github.com/spotgrid/spotgrid/workloads/numeric"
)

// traceTanhTask is what py/numeric.py is asked: TraceTanh of the n x n matrix
// whose element i is i/(n*n) - 0.5.
type traceTanhTask struct {
	N int `json:"n"`
	// Repetitions are made and timed together; a sample is the time of one.
	Repetitions int `json:"repetitions"`
	// Variant of the peer: "call" is Numba's example as it stands, called from
	// Python, with a result that is allocated; "buffer" writes into the caller's
	// buffer; "compiled" does that, too, called from compiled code.
	Variant string `json:"variant"`
}

// numericCases compare TraceTanh with go_fast, the example that Numba's
// documentation begins with. Of Numba's serial and parallel compilation the
// script takes whichever is faster on the machine.
func numericCases() []Case {
	var cases []Case
	for _, c := range []struct {
		name string
		aim  float64
		task traceTanhTask
	}{
		{"trace_tanh 10 x 10", 0.5, traceTanhTask{10, 100_000, "call"}},
		{"trace_tanh 10 x 10, both called from compiled code", 0, traceTanhTask{10, 100_000, "compiled"}},
		{"trace_tanh 2,000 x 2,000", 1, traceTanhTask{2000, 20, "call"}},
		{"trace_tanh 2,000 x 2,000, both into a buffer", 1, traceTanhTask{2000, 20, "buffer"}},
	} {
		cases = append(cases, Case{
			Name: c.name, Peer: "Numba", Aim: c.aim,
			Script: "numeric.py", Task: c.task, RelativeTolerance: 1e-12, Go: c.task.ours(),
		})
	}
	return cases
}

// ours is our side. The matrices are made when it is first asked.
func (t traceTanhTask) ours() func(context.Context) (Sample, error) {
	var src, dst []float64
	return func(context.Context) (Sample, error) {
		if src == nil {
			src, dst = make([]float64, t.N*t.N), make([]float64, t.N*t.N)
			for i := range src {
				src[i] = float64(i)/float64(len(src)) - 0.5
			}
		}
		begun := time.Now()
		for range t.Repetitions {
			if _, err := numeric.TraceTanh(dst, src, t.N); err != nil {
				return Sample{}, err
			}
		}
		seconds := time.Since(begun).Seconds() / float64(t.Repetitions)
		return Sample{Seconds: seconds, Value: sum(dst), Note: "called from Go, into one buffer"}, nil
	}
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}
