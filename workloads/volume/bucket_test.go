package volume

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
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
