package volume

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestLookingAheadKeepsTheOrder(t *testing.T) {
	t.Parallel()
	odd := errors.New("a key that cannot be had")
	keys := func(yield func(int, error) bool) {
		for i := range 10 {
			var err error
			if i == 7 {
				err = odd
			}
			if !yield(i, err) {
				return
			}
		}
	}
	for n, want := range map[int]time.Duration{1: 36 * time.Second, 4: 16 * time.Second, 100: 9 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			var got []int
			var errs []error
			for v, err := range ahead(n, keys, func(i int) (int, error) {
				time.Sleep(time.Duration(9-i) * time.Second) // the first takes longest
				return i * i, nil
			}) {
				got, errs = append(got, v), append(errs, err)
			}
			assert.Equal(t, []int{0, 1, 4, 9, 16, 25, 36, 0, 64, 81}, got)
			assert.Equal(t, odd, errs[7])
			assert.NoError(t, errors.Join(append(errs[:7], errs[8:]...)...))
			t.Logf("%d at a time: %s", n, time.Since(start))
			assert.LessOrEqual(t, time.Since(start), want+7*time.Second)
			for range ahead(n, keys, func(i int) (int, error) { return i, nil }) {
				break
			}
		})
	}
}
