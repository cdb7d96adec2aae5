package volume

import "iter"

// ahead yields what fetch makes of each key, in their order, with up to n fetches
// under way at a time. An error of the keys is yielded in its place.
func ahead[K, V any](n int, keys iter.Seq2[K, error], fetch func(K) (V, error)) iter.Seq2[V, error] {
	if n <= 1 {
		return func(yield func(V, error) bool) {
			for k, err := range keys {
				if !yield(one(k, err, fetch)) {
					return
				}
			}
		}
	}
	return func(yield func(V, error) bool) {
		waiting := make([]<-chan fetched[V], 0, n)
		for k, err := range keys {
			if len(waiting) == n {
				if f := <-waiting[0]; !yield(f.value, f.err) {
					return // the fetches that are left end by themselves
				}
				waiting = append(waiting[:0], waiting[1:]...)
			}
			done := make(chan fetched[V], 1)
			waiting = append(waiting, done)
			go func() {
				var f fetched[V]
				f.value, f.err = one(k, err, fetch)
				done <- f
			}()
		}
		for _, done := range waiting {
			if f := <-done; !yield(f.value, f.err) {
				return
			}
		}
	}
}

type fetched[V any] struct {
	value V
	err   error
}

func one[K, V any](k K, err error, fetch func(K) (V, error)) (V, error) {
	if err != nil {
		var none V
		return none, err
	}
	return fetch(k)
}
