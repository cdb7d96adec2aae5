package numeric

import (
	"sync"
	"sync/atomic"
)

const (
	// parallelFrom is the number of values from which a second core pays for
	// being woken: below it, the work takes some 30 µs at most. See
	// BenchmarkAddScalar.
	parallelFrom = 1 << 17
	// chunkValues is how much a goroutine takes at a time, 512 KiB: few enough
	// chunks that each streams well, and enough of them that a core which is
	// busy with something else does not hold up the others.
	chunkValues = 1 << 16
	// streamFrom is the number of values from which source and result, 16 MiB
	// each, are taken to be too large for the caches.
	streamFrom = 1 << 21
)

// addition is an addScalar that several goroutines do together.
type addition struct {
	dst, src []float64
	scalar   float64
	// next is the chunk that nobody has taken.
	next atomic.Int64
	// helpers are those at work beside the caller.
	helpers sync.WaitGroup
	// help is what a helper runs. It is made once, since `go` with arguments
	// allocates.
	help func()
}

// additions keeps what was allocated for the next call.
var additions = sync.Pool{New: func() any {
	a := &addition{}
	a.help = func() {
		defer a.helpers.Done()
		a.work()
	}
	return a
}}

// addScalarParallel is addScalar by up to so many workers, the caller being one.
func addScalarParallel(dst, src []float64, scalar float64, workers int) {
	chunks := (len(src) + chunkValues - 1) / chunkValues
	a := additions.Get().(*addition)
	a.dst, a.src, a.scalar = dst, src, scalar
	a.next.Store(0)
	helpers := min(workers, chunks) - 1
	a.helpers.Add(helpers)
	for range helpers {
		go a.help()
	}
	a.work()
	a.helpers.Wait()
	a.dst, a.src = nil, nil // the pool must not keep the caller's memory alive
	additions.Put(a)
}

// work takes chunks until none is left.
func (a *addition) work() {
	for {
		from := int(a.next.Add(1)-1) * chunkValues
		if from >= len(a.src) {
			return
		}
		to := min(from+chunkValues, len(a.src))
		if len(a.src) >= streamFrom {
			addScalarStreaming(a.dst[from:to], a.src[from:to], a.scalar)
		} else {
			addScalar(a.dst[from:to], a.src[from:to], a.scalar)
		}
	}
}
