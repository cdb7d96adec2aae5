package kmeans

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"time"
)

// Checkpoint keeps what an interrupted fit goes on from. A job's checkpoint is
// one.
type Checkpoint interface {
	// Load returns what was saved last; nil if nothing was.
	Load(ctx context.Context) ([]byte, error)
	// Save keeps data, durably and as a whole, in place of what was kept.
	Save(ctx context.Context, data []byte) error
}

// state is where a fit stands between two iterations. Bounds are not part of
// it: they change nothing in the outcome and are soon made again.
type state struct {
	restart, iteration int
	converged          bool
	// centers are nil where the restart has yet to be seeded.
	centers []float64
	// best of the restarts before; not set in the first.
	best outcome
}

func (st *state) place() place { return place{st.restart, st.iteration} }

// next goes on to the next restart.
func (st *state) next() {
	*st = state{restart: st.restart + 1, best: st.best}
}

// stateVersion starts every state; what was written by another is not read.
const stateVersion = "kmeans state 1\n"

// mark tells fits apart.
type mark [sha256.Size]byte

// markOf is the mark of a fit. The variance of the points stands for their
// values.
func markOf(points, features int, o Options, variance float64) (m mark) {
	h := sha256.New()
	fmt.Fprintln(h, stateVersion, points, features, o.Clusters, o.Seed, o.Centers, o.MaxIterations, o.Restarts, o.Parts)
	binary.Write(h, binary.LittleEndian, []float64{o.Tolerance, variance})
	h.Sum(m[:0])
	return m
}

// encode writes the state as numbers of 64 bits, little-endian, after its
// version and the fit's mark, with a checksum at the end.
func (st *state) encode(m mark) []byte {
	b := append([]byte(stateVersion), m[:]...)
	put := func(values ...int) {
		for _, v := range values {
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
	}
	floats := func(values []float64) {
		for _, v := range values {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	put(st.restart, st.iteration, asInt(st.converged))
	floats(st.centers)
	if st.restart > 1 {
		put(st.best.iterations, asInt(st.best.converged))
		floats([]float64{st.best.inertia})
		floats(st.best.centers)
		put(st.best.sizes...)
	}
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func asInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// decodeState reads a state. One that is broken or another fit's is nil.
func decodeState(b []byte, m mark, k, features int) *state {
	prefix := append([]byte(stateVersion), m[:]...)
	if len(b) < len(prefix)+4 || !bytes.HasPrefix(b, prefix) {
		return nil
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil
	}
	body = body[len(prefix):]
	size := k * features
	if len(body) != 8*(3+size) && len(body) != 8*(3+size+3+size+k) {
		return nil
	}
	number := func() int {
		v := binary.LittleEndian.Uint64(body)
		body = body[8:]
		return int(v)
	}
	floats := func(n int) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = math.Float64frombits(uint64(number()))
		}
		return values
	}
	st := &state{restart: number(), iteration: number(), converged: number() == 1, centers: floats(size)}
	if len(body) > 0 {
		st.best = outcome{iterations: number(), converged: number() == 1, inertia: floats(1)[0], centers: floats(size), sizes: make([]int, k)}
		for c := range st.best.sizes {
			st.best.sizes[c] = number()
		}
	}
	return st
}

// isWithin reports whether a fit with these options can go on from the state.
func (st *state) isWithin(o Options) bool {
	return st.restart >= 1 && st.restart <= o.Restarts && st.iteration >= 0 && st.iteration <= o.MaxIterations &&
		!slices.ContainsFunc(st.centers, isNotFinite)
}

// load is where the checkpoint stands, or the beginning.
func (s *search) load(ctx context.Context) (*state, error) {
	if s.o.Checkpoint != nil {
		b, err := s.o.Checkpoint.Load(ctx)
		if err != nil {
			return nil, fmt.Errorf("loading the checkpoint: %w", err)
		}
		if st := decodeState(b, s.mark, s.k, s.features); st != nil && st.isWithin(s.o) {
			s.resumed = st.iteration
			return st, nil
		}
	}
	return &state{restart: 1}, nil
}

// save keeps the state if it is time to.
func (s *search) save(ctx context.Context, st *state) error {
	if s.o.Checkpoint == nil || !s.saveAlways && !s.pace.isDue() {
		return nil
	}
	from := s.o.Now()
	if err := s.o.Checkpoint.Save(ctx, st.encode(s.mark)); err != nil {
		return fmt.Errorf("saving the checkpoint: %w", err)
	}
	s.pace.saved(from)
	return nil
}

const (
	// saveShare is the part of the time that saving may take: 2 %.
	saveShare = 0.02
	// firstSave is how long the first save is thought to take: what a volume
	// on a network needs to make a small file durable.
	firstSave = 20 * time.Millisecond
)

// pace keeps saving from costing more than saveShare of the time.
type pace struct {
	now func() time.Time
	// begun is the end of the last save, or the beginning.
	begun time.Time
	// took is how long the last save took; 0 before the first.
	took time.Duration
	once bool
}

func (p *pace) isDue() bool {
	took := p.took
	if !p.once {
		took = firstSave
	}
	return float64(p.now().Sub(p.begun))*saveShare >= float64(took)
}

// saved notes a save that began at from and has just ended.
func (p *pace) saved(from time.Time) {
	p.begun, p.once = p.now(), true
	p.took = p.begun.Sub(from)
}
