package volume

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"strings"
	"sync"
	"time"
)

const (
	// MaxObjectBytes is the largest file of a volume on object storage.
	MaxObjectBytes = MaxCheckpointBytes
	// writesAtOnce is how many results of a group are written at a time: at 30 ms
	// a request a thousand a second, a third of what S3 takes for one prefix.
	writesAtOnce = 32
	// readsAtOnce is how many objects are read at a time where many are read.
	readsAtOnce = 32
)

// objects is a store on object storage.
type objects struct {
	driver Driver
	// url says where it is, prefix is what all keys start with: "" or "grid/".
	url, prefix string
	retry       retry
	// now is the time, by which logs are written.
	now func() time.Time
}

var _ store = (*objects)(nil)

func newObjects(d Driver, url, prefix string) *objects {
	return &objects{driver: d, url: url, prefix: prefix, retry: defaultRetry(), now: time.Now}
}

// putOnce marks the object with a claim that nobody else has. If the service says
// that there is an object, the claim tells whose it is: the answer to an earlier
// try, by this volume or anybody on the way, may have been lost.
func (o *objects) putOnce(ctx context.Context, key string, data []byte) (first bool, err error) {
	claim := rand.Text()
	for removed := 0; ; removed++ {
		err := o.put(ctx, key, data, PutOptions{Once: true, Claim: claim})
		if err == nil {
			return true, nil
		}
		if o.driver.Kind(err) != KindExists {
			return false, o.classify(err)
		}
		var theirs string
		err = o.call(ctx, 0, func(ctx context.Context) (err error) {
			theirs, err = o.driver.Claim(ctx, o.prefix+key)
			return err
		})
		switch {
		case err == nil:
			return theirs == claim, nil
		case o.driver.Kind(err) != KindNotFound || removed == o.retry.maxTries:
			return false, o.classify(err)
		}
		// It was removed in between.
	}
}

func (o *objects) commit(ctx context.Context, entries []*entry) {
	places := make(chan struct{}, writesAtOnce)
	var writes sync.WaitGroup
	for _, e := range entries {
		places <- struct{}{}
		writes.Go(func() {
			e.First, e.Err = o.putOnce(ctx, e.key, e.data)
			<-places
		})
	}
	writes.Wait()
}

// replace is durable however little it would have to be.
func (o *objects) replace(ctx context.Context, key string, data []byte, _ durability) error {
	return o.classify(o.put(ctx, key, data, PutOptions{}))
}

// put writes an object; its error is the driver's.
func (o *objects) put(ctx context.Context, key string, data []byte, options PutOptions) error {
	if len(data) > MaxObjectBytes {
		return fmt.Errorf("it has %d bytes, want at most %d on object storage", len(data), MaxObjectBytes)
	}
	return o.call(ctx, len(data), func(ctx context.Context) error {
		return o.driver.Put(ctx, o.prefix+key, data, options)
	})
}

func (o *objects) get(ctx context.Context, key string) (data []byte, err error) {
	err = o.callWatched(ctx, func(ctx context.Context, stillAlive func()) error {
		body, err := o.driver.Get(ctx, o.prefix+key)
		if err != nil {
			return err
		}
		data, err = readBody(body, MaxObjectBytes, stillAlive)
		return errors.Join(err, body.Close())
	})
	return data, o.classifyRead(err)
}

// errTooLarge: nobody but this volume should write there.
var errTooLarge = errors.New("it is larger than anything that a volume writes")

// readBody reads all, at most so many bytes, and says after each part that it goes
// on.
func readBody(body Body, most int64, stillAlive func()) ([]byte, error) {
	if body.Bytes > most {
		return nil, errTooLarge
	}
	var data bytes.Buffer
	data.Grow(int(max(0, body.Bytes)) + bytes.MinRead)
	_, err := data.ReadFrom(watched{io.LimitReader(body, most+1), stillAlive})
	if int64(data.Len()) > most {
		return nil, errTooLarge
	}
	return data.Bytes(), err
}

// watched says after each part that it goes on.
type watched struct {
	io.Reader
	stillAlive func()
}

func (w watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.stillAlive()
	return n, err
}

func (o *objects) open(ctx context.Context, key string) (io.ReadCloser, error) {
	data, err := o.get(ctx, key)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// has costs a look: what is there is durable.
func (o *objects) has(ctx context.Context, key string, _ durability) (bool, error) {
	err := o.call(ctx, 0, func(ctx context.Context) error {
		_, err := o.driver.Claim(ctx, o.prefix+key)
		return err
	})
	if err = o.classifyRead(err); err == nil || errors.Is(err, fs.ErrNotExist) {
		return err == nil, nil
	}
	return false, err
}

func (o *objects) list(ctx context.Context, folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for start, more := "", true; more; more = start != "" {
			keys, next, err := o.page(ctx, o.prefix+folder+"/", start)
			if err != nil {
				yield("", o.classify(err))
				return
			}
			for _, key := range keys {
				if key, ok := strings.CutPrefix(key, o.prefix); ok && key == path.Clean(key) && !yield(key, nil) {
					return
				}
			}
			if next == start && next != "" {
				yield("", fmt.Errorf("listing %q: the service gives the same page for ever", folder))
				return
			}
			start = next
		}
	}
}

func (o *objects) page(ctx context.Context, prefix, start string) (keys []string, next string, err error) {
	err = o.call(ctx, 0, func(ctx context.Context) (err error) {
		keys, next, err = o.driver.List(ctx, prefix, start)
		return err
	})
	return keys, next, err
}

func (o *objects) remove(ctx context.Context, key string) error {
	return o.classify(o.call(ctx, 0, func(ctx context.Context) error { return o.driver.Delete(ctx, o.prefix+key) }))
}

func (o *objects) removeBelow(ctx context.Context, folder string) error {
	var errs []error
	for key, err := range o.list(ctx, folder) {
		if err == nil {
			err = o.remove(ctx, key)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (o *objects) probe(ctx context.Context) error {
	if err := o.checkMarker(ctx); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	} else if err != nil {
		return err
	}
	key := scratchKey()
	if err := o.replace(ctx, key, []byte("{}"), isDurable); err != nil {
		return err
	}
	return o.remove(ctx, key)
}

// sweep has nothing to do.
func (o *objects) sweep(time.Time) (int, error) { return 0, nil }

func (o *objects) readsAtOnce() int { return readsAtOnce }
