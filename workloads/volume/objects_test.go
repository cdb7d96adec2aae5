package volume

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// kindError is an error of a kind.
type kindError Kind

func (kindError) Error() string { return "refused" }

// bucket is a driver in memory that can be made to fail: fault says how the n-th
// call, from 1, ends. It notes the keys that are written.
type bucket struct {
	mu      sync.Mutex
	objects map[string]object
	calls   int
	puts    []string
	fault   func(ctx context.Context, n int) error
}

type object struct {
	data  []byte
	claim string
}

func (b *bucket) call(ctx context.Context) error {
	b.mu.Lock()
	b.calls++
	n := b.calls
	b.mu.Unlock()
	if b.fault == nil {
		return nil
	}
	return b.fault(ctx, n)
}

func (b *bucket) Put(ctx context.Context, key string, data []byte, o PutOptions) error {
	if err := b.call(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.objects[key]; ok && o.Once {
		return kindError(KindExists)
	}
	b.objects[key] = object{bytes.Clone(data), o.Claim}
	b.puts = append(b.puts, key)
	return nil
}

func (b *bucket) find(ctx context.Context, key string) (object, error) {
	err := b.call(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.objects[key]
	if err == nil && !ok {
		err = kindError(KindNotFound)
	}
	return o, err
}

func (b *bucket) Get(ctx context.Context, key string) (Body, error) {
	o, err := b.find(ctx, key)
	return Body{io.NopCloser(bytes.NewReader(o.data)), -1}, err
}

func (b *bucket) Claim(ctx context.Context, key string) (string, error) {
	o, err := b.find(ctx, key)
	return o.claim, err
}

func (b *bucket) List(ctx context.Context, prefix, start string) (keys []string, next string, err error) {
	if err := b.call(ctx); err != nil {
		return nil, "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(b.objects)) {
		if strings.HasPrefix(key, prefix) && key >= start {
			if len(keys) == 2 {
				return keys, key, nil
			}
			keys = append(keys, key)
		}
	}
	return keys, "", nil
}

func (b *bucket) Delete(ctx context.Context, key string) error {
	err := b.call(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, key)
	return err
}

func (b *bucket) Kind(err error) Kind {
	var kind kindError
	switch {
	case errors.As(err, &kind):
		return Kind(kind)
	case errors.Is(err, context.Canceled):
		return KindCanceled
	}
	return KindUnknown
}

// inBucket is a volume in memory.
func inBucket() (*Volume, *bucket) {
	b := &bucket{objects: map[string]object{"grid/.spotgrid-volume": {data: []byte(markerText)}}}
	return newVolume(newObjects(b, "memory://bucket/grid", "grid/")), b
}

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

func TestLogIsWrittenInPartsAndNowAndThen(t *testing.T) {
	t.Parallel()
	v, b := inBucket()
	o := v.store.(*objects)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	o.now = func() time.Time { return now }
	log, err := v.CreateLog("j", 1)
	require.NoError(t, err)
	key := "grid/" + LogPath("j", 1)
	write := func(text string) {
		_, err := io.WriteString(log, text)
		require.NoError(t, err)
	}
	write("one\n")
	assert.Empty(t, b.puts, "not yet")
	now = now.Add(logInterval)
	write("two\n")
	write("three\n")
	assert.Equal(t, "one\ntwo\n", string(b.objects[key].data), "so much is seen while the job runs")
	write(strings.Repeat("x", maxLogPartBytes))
	require.NoError(t, log.Close())
	require.NoError(t, log.Close(), "twice")
	assert.Equal(t, []string{key, key, key + ".2"}, b.puts)
	assert.Len(t, b.objects[key].data, maxLogPartBytes)
	assert.Len(t, b.objects[key+".2"].data, len("one\ntwo\nthree\n"))
}

func TestLogThatCannotBeWrittenNowIsWrittenLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v, b := inBucket()
		b.fault = func(context.Context, int) error { return kindError(KindUnavailable) }
		log, err := v.CreateLog("j", 1)
		require.NoError(t, err)
		_, err = io.WriteString(log, "one\n")
		require.NoError(t, err)
		time.Sleep(logInterval)
		_, err = io.WriteString(log, "two\n")
		require.NoError(t, err, "there is room to keep it")
		n, err := io.WriteString(log, strings.Repeat("x", 2*maxLogPartBytes))
		require.ErrorIs(t, err, ErrUnavailable, "there is none for so much")
		assert.Less(t, n, maxLogPartBytes)
		b.fault = nil
		require.NoError(t, log.Close())
		lines, err := v.TailLog("j", 1, 3)
		require.NoError(t, err)
		assert.Equal(t, []string{"one", "two"}, lines[:2])
	})
}

func TestLogHasAnEnd(t *testing.T) {
	t.Parallel()
	v, b := inBucket()
	log, err := v.CreateLog("j", 1)
	require.NoError(t, err)
	part := strings.Repeat("x", maxLogPartBytes)
	for range maxLogParts {
		_, err := io.WriteString(log, part)
		require.NoError(t, err)
		for key, o := range b.objects { // they need not be kept
			b.objects[key] = object{nil, o.claim}
		}
	}
	_, err = io.WriteString(log, "more")
	require.ErrorContains(t, err, "the log has 256 MiB")
	require.NoError(t, log.Close())
	assert.Len(t, b.puts, maxLogParts)
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
