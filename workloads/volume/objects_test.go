package volume

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestErrorsOfObjectStorageAreClassified(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind        Kind
		write, read error
		tries       int
	}{
		"full":        {KindFull, ErrFull, ErrFull, 1},
		"denied":      {KindDenied, ErrUnavailable, ErrUnavailable, 1},
		"no bucket":   {KindNotFound, ErrUnavailable, fs.ErrNotExist, 1},
		"throttled":   {KindThrottled, ErrUnavailable, ErrUnavailable, 5},
		"unavailable": {KindUnavailable, ErrUnavailable, ErrUnavailable, 5},
		"unknown":     {KindUnknown, kindError(KindUnknown), kindError(KindUnknown), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v, b := inBucket()
				b.fault = func(context.Context, int) error { return kindError(c.kind) }
				err := v.SaveCheckpoint("j", nil)
				assert.ErrorIs(t, err, c.write)
				assert.ErrorContains(t, err, `saving checkpoint of job "j"`)
				assert.Equal(t, c.tries, b.calls)
				_, err = v.Result("j")
				assert.ErrorIs(t, err, c.read)
				assert.Error(t, v.Probe())
			})
		})
	}
}

func TestThrottledCallsAreTriedAgainLaterAndLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, b := inBucket()
		o := v.store.(*objects)
		var slept []time.Duration
		o.retry.random = func() float64 { return 0.5 }
		o.retry.sleep = func(_ context.Context, d time.Duration) error {
			slept = append(slept, d)
			return nil
		}
		b.fault = func(_ context.Context, n int) error {
			if n < 5 {
				return kindError(KindThrottled)
			}
			return nil
		}
		require.NoError(t, v.WriteWorker(Worker{Name: "w"}))
		ms := time.Millisecond
		assert.Equal(t, []time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms}, slept)
		assert.Equal(t, 5, b.calls)
		assert.Equal(t, time.Second, o.retry.delay(9), "at most two seconds")
	})
}

func TestServiceThatDoesNotAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, b := inBucket()
		v.store.(*objects).retry.random = func() float64 { return 0 }
		b.fault = func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return ctx.Err()
		}
		start := time.Now()
		err := v.SaveCheckpoint("j", make([]byte, 40<<20))
		require.ErrorIs(t, err, ErrUnavailable)
		assert.ErrorContains(t, err, "did not answer in time")
		assert.Equal(t, 5*(10+10)*time.Second, time.Since(start), "10 s a try, and 1 s for each 4 MiB")

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start = time.Now()
		_, err = v.WithContext(ctx).LoadCheckpoint("j")
		require.ErrorIs(t, err, context.Canceled)
		assert.NotErrorIs(t, err, ErrUnavailable)
		assert.Equal(t, time.Second, time.Since(start))
	})
}

// slow gives a byte a second, or stops.
type slow struct {
	ctx    context.Context
	bytes  int
	silent bool
}

func (s *slow) Read(p []byte) (int, error) {
	if s.bytes == 0 && !s.silent {
		return 0, io.EOF
	}
	wait := time.Second
	if s.bytes == 0 {
		wait = time.Hour
	}
	select {
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	case <-time.After(wait):
	}
	n := min(len(p), 1<<20, s.bytes)
	s.bytes -= n
	return n, nil
}

func (s *slow) Close() error { return nil }

type slowBucket struct {
	*bucket
	silent bool
}

func (b slowBucket) Get(ctx context.Context, _ string) (Body, error) {
	return Body{&slow{ctx, 30 << 20, b.silent}, -1}, nil
}

func TestSlowAnswersAreWaitedForAndSilentOnesAreNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, b := inBucket()
		start := time.Now()
		data, err := newVolume(newObjects(slowBucket{b, false}, "", "")).LoadCheckpoint("j")
		require.NoError(t, err)
		assert.Len(t, data, 30<<20)
		assert.Greater(t, time.Since(start), 2*answerTimeout)
		o := newObjects(slowBucket{b, true}, "", "")
		o.retry.maxTries = 1
		_, err = newVolume(o).LoadCheckpoint("j")
		require.ErrorIs(t, err, ErrUnavailable)
		assert.ErrorContains(t, err, "did not answer in time")
	})
}

// endless has no end.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

func (*endless) Close() error { return nil }

func TestObjectsLargerThanAnyAreNotTakenIntoMemory(t *testing.T) {
	t.Parallel()
	const most = 1 << 20
	e := &endless{}
	for _, bytes := range []int64{-1, 5, most + 1} { // what the service says may be wrong
		_, err := readBody(Body{e, bytes}, most, func() {})
		assert.ErrorIs(t, err, errTooLarge)
	}
	assert.Equal(t, 2*(most+1), e.read)
	data, err := readBody(Body{io.NopCloser(bytes.NewReader(make([]byte, most))), -1}, most, func() {})
	require.NoError(t, err)
	assert.Len(t, data, most)
}

func TestResultIsFirstThoughItsAnswerWasLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, b := inBucket()
		lost := lostPut{bucket: b}
		v.store.(*objects).driver = &lost
		first, err := v.CommitResult(Record{JobID: "j", Worker: "mine"})
		require.NoError(t, err)
		assert.True(t, first, "it took its own result for another's")
		first, err = v.CommitResult(Record{JobID: "j", Worker: "mine"})
		require.NoError(t, err)
		assert.False(t, first, "the same content once more")
		r, err := v.Result("j")
		require.NoError(t, err)
		assert.Equal(t, "mine", r.Worker)
	})
}

// lostPut writes, but the first time it does not say so.
type lostPut struct {
	*bucket
	said bool
}

func (l *lostPut) Put(ctx context.Context, key string, data []byte, o PutOptions) error {
	err := l.bucket.Put(ctx, key, data, o)
	if !l.said {
		l.said = true
		return kindError(KindUnavailable)
	}
	return err
}

// careless writes over what is there whatever it is told.
type careless struct{ *bucket }

func (c careless) Put(ctx context.Context, key string, data []byte, o PutOptions) error {
	o.Once = false
	return c.bucket.Put(ctx, key, data, o)
}

func TestServiceWithoutConditionalWritesIsRefused(t *testing.T) {
	t.Parallel()
	_, b := inBucket()
	for _, prefix := range []string{"grid/", "new/"} { // made before, made now
		require.NoError(t, newObjects(b, "", prefix).init(t.Context()))
	}
	for _, prefix := range []string{"grid/", "newer/"} {
		require.ErrorIs(t, newObjects(careless{b}, "", prefix).init(t.Context()), errUnconditional)
	}
	v := newVolume(newObjects(b, "", "grid/"))
	require.NoError(t, v.Probe())
	assert.Equal(t, []string{"grid/.spotgrid-volume", "new/.spotgrid-volume", "newer/.spotgrid-volume"}, slices.Sorted(maps.Keys(b.objects)), "nothing is left of it")
	b.fault = func(context.Context, int) error { return kindError(KindDenied) }
	require.ErrorIs(t, newObjects(b, "", "grid/").init(t.Context()), ErrUnavailable)
}

func TestVolumeInABucketHasNoFolder(t *testing.T) {
	t.Parallel()
	v, _ := inBucket()
	assert.Empty(t, v.Path())
	assert.True(t, v.IsMetered())
	assert.Equal(t, "memory://bucket/grid", v.URL())
	_, err := v.Files()
	require.ErrorIs(t, err, ErrNoFiles)
	with, err := v.WithFiles("file://" + t.TempDir())
	require.NoError(t, err)
	files, err := with.Files()
	require.NoError(t, err)
	require.NoError(t, files.Close())
}
