package kmeans

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// search is a fit: restarts, each of which seeds centres and iterates until
// they rest. It knows the points only through its engine.
type search struct {
	engine engine
	o      Options
	// k and features are the shape of the centres.
	k, features int
	// tolerance is the sum of squared moves at which centres rest.
	tolerance float64
	// seed chooses the centres that a restart begins with.
	seed func(ctx context.Context, restart int) ([]float64, error)
	// mark tells the checkpoints of this fit from those of another.
	mark mark
	// resumed is the iteration after which a checkpoint was taken up.
	resumed int
	// saveAlways: a checkpoint after every iteration, whatever it costs.
	saveAlways bool
	pace       pace
}

// outcome of a restart.
type outcome struct {
	centers    []float64
	sizes      []int
	inertia    float64
	iterations int
	converged  bool
}

func (b outcome) model(o Options) Model {
	m := Model{Sizes: b.sizes, Inertia: b.inertia, Iterations: b.iterations, Converged: b.converged, Algorithm: o.Algorithm}
	for center := range slices.Chunk(b.centers, len(b.centers)/len(b.sizes)) {
		m.Centers = append(m.Centers, center)
	}
	return m
}

// run goes on from the checkpoint, or begins.
func (s *search) run(ctx context.Context) (outcome, error) {
	st, err := s.load(ctx)
	if err != nil {
		return outcome{}, err
	}
	s.pace = pace{now: s.o.Now, begun: s.o.Now()}
	for ; st.restart <= s.o.Restarts; st.next() {
		done, err := s.restart(ctx, st)
		if err != nil {
			return outcome{}, fmt.Errorf("restart %d: %w", st.restart, err)
		}
		if st.restart == 1 || done.inertia < st.best.inertia {
			st.best = done
		}
	}
	return st.best, nil
}

// restart seeds the centres, unless st has them already, and iterates until
// they rest.
func (s *search) restart(ctx context.Context, st *state) (outcome, error) {
	if st.centers == nil {
		centers, err := s.seed(ctx, st.restart)
		if err != nil {
			return outcome{}, err
		}
		st.centers = centers
	}
	var last *partial // of the assignment to st.centers, if it has the inertia
	next := make([]float64, len(st.centers))
	for st.iteration < s.o.MaxIterations && !st.converged {
		withInertia := s.o.Progress != nil && st.iteration%s.o.InertiaEvery == 0
		p, shift, err := step(ctx, s.engine, st.place(), st.centers, next, withInertia)
		if err != nil {
			return outcome{}, fmt.Errorf("after %d iterations: %w", st.iteration, err)
		}
		if last = nil; withInertia && slices.Equal(st.centers, next) {
			last = &p
		}
		st.centers, next = next, st.centers
		st.iteration++
		st.converged = shift <= s.tolerance
		s.tell(st, p.inertia, shift, withInertia)
		if err := s.save(ctx, st); err != nil {
			return outcome{}, err
		}
	}
	if last == nil {
		p, err := s.engine.assign(ctx, st.place(), st.centers, true)
		if err != nil {
			return outcome{}, fmt.Errorf("after %d iterations: %w", st.iteration, err)
		}
		last = &p
	}
	return outcome{
		centers: st.centers, sizes: slices.Clone(last.counts), inertia: last.inertia,
		iterations: st.iteration, converged: st.converged,
	}, nil
}

func (s *search) tell(st *state, inertia, shift float64, withInertia bool) {
	if s.o.Progress == nil {
		return
	}
	if !withInertia {
		inertia = math.NaN()
	}
	s.o.Progress(Progress{Restart: st.restart, Iteration: st.iteration, Inertia: inertia, Shift: shift})
}
