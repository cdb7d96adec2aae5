package main

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// DefaultRounds is how often each side of a case is timed. It is odd, so that
// the median is a measurement.
const DefaultRounds = 11

// A Case is one task that both sides do. Both sides are asked alternately, in
// one process tree, after one warm-up each.
type Case struct {
	// Name says what is done and how much of it, as "kmeans 100,000 x 10, k 3".
	Name string
	// Peer is the library to compare with, as "scikit-learn".
	Peer string
	// Aim: our time divided by the peer's must be at most this; 0: no aim.
	Aim float64
	// Rounds is how often each side is timed: 0 is DefaultRounds.
	Rounds int
	// Threads both sides use: 0 is all cores. It is GOMAXPROCS on our side; a
	// script finds it as peer.THREADS and in the variables that OpenMP, BLAS
	// and Numba read.
	Threads int
	// Script is a file of py/, as "kmeans.py"; Task is what it is asked, each
	// time, as one line of JSON.
	Script string
	Task   any
	// Prepare, if set, makes what the case needs, in a folder that is removed
	// when the case has ended, and returns the task to use in place of Task.
	Prepare func(ctx context.Context, dir string) (task any, err error)
	// Go does our side once and says how long the work itself took.
	Go func(ctx context.Context) (Sample, error)
	// RelativeTolerance is by how much the Values of both sides may differ,
	// relative to the larger; negative: they are not compared.
	RelativeTolerance float64
}

// Sample is one timing of one side.
type Sample struct {
	// Seconds that the work took, without imports or making its data.
	Seconds float64 `json:"seconds"`
	// Value is an outcome to compare, as an inertia or a checksum.
	Value float64 `json:"value"`
	// Note tells what a reader of the figures must know.
	Note string `json:"note,omitempty"`
}

// check finds every fault of a case, which are programming errors.
func (c Case) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Name == "" || c.Peer == "" || c.Script == "" || c.Go == nil {
		bad("name is %q, peer %q, script %q, Go set: %t; want all of them", c.Name, c.Peer, c.Script, c.Go != nil)
	}
	if !(c.Aim >= 0) || math.IsInf(c.Aim, 0) {
		bad("aim is %v, want 0 or a positive number", c.Aim)
	}
	if c.Rounds < 0 || c.Threads < 0 {
		bad("rounds is %d and threads %d, want 0 or more", c.Rounds, c.Threads)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("case %q: %w", c.Name, err)
	}
	return nil
}

// check refuses a sample that no ratio can be made of.
func (s Sample) check() error {
	if !(s.Seconds > 0) || math.IsInf(s.Seconds, 0) {
		return fmt.Errorf("seconds is %v, want a positive number", s.Seconds)
	}
	return nil
}

// agree reports whether two values are as close as the case wants them.
func (c Case) agree(ours, peers float64) bool {
	if c.RelativeTolerance < 0 || ours == peers {
		return true
	}
	if math.IsInf(ours, 0) || math.IsInf(peers, 0) {
		return false
	}
	return math.Abs(ours-peers) <= c.RelativeTolerance*max(math.Abs(ours), math.Abs(peers))
}
