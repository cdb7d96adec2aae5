package volume

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// errUnconditional: a result could be claimed twice.
var errUnconditional = errors.New("the service writes over what is there, though it was told not to: it has no conditional writes, which a volume needs")

// init makes a part of a bucket a volume. That is a marker and nothing else:
// object storage has no folders.
func (o *objects) init(ctx context.Context) error {
	err := o.checkMarker(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		err = o.makeMarker(ctx)
	}
	if err != nil {
		return err
	}
	return o.checkConditions(ctx)
}

func (o *objects) makeMarker(ctx context.Context) error {
	if err := o.checkEmpty(ctx); err != nil {
		// Another machine may have made it in between.
		if o.checkMarker(ctx) == nil {
			return nil
		}
		return err
	}
	if _, err := o.putOnce(ctx, marker, []byte(markerText)); err != nil {
		return err
	}
	return o.checkMarker(ctx)
}

// checkConditions tries to make an object twice, of which the second must be
// refused.
func (o *objects) checkConditions(ctx context.Context) (err error) {
	key := scratchKey()
	defer func() { err = errors.Join(err, o.remove(ctx, key)) }()
	for range 2 {
		err := o.put(ctx, key, []byte("{}"), PutOptions{Once: true})
		switch {
		case err == nil:
		case o.driver.Kind(err) == KindExists: // the first, if its answer was lost
			return nil
		default:
			return o.classify(err)
		}
	}
	return errUnconditional
}

// scratchKey is of an object that nobody else has: Cloud Storage takes one write a
// second of each. One that stays is harmless.
func scratchKey() string { return path.Join(workersFolder, ".probe-"+rand.Text()) }

// checkMarker tells whether there is a volume of this version.
func (o *objects) checkMarker(ctx context.Context) error {
	text, err := o.get(ctx, marker)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no volume, or no such bucket: %w", err)
	}
	if err != nil {
		return err
	}
	return checkMarkerText(text)
}

// checkEmpty refuses a part of a bucket that is in use.
func (o *objects) checkEmpty(ctx context.Context) error {
	keys, _, err := o.page(ctx, o.prefix, "")
	if err != nil {
		return o.classify(err)
	}
	if len(keys) > 0 {
		return fmt.Errorf("it is not empty (it holds %q) and is no volume, want an empty bucket or a new prefix", strings.TrimPrefix(keys[0], o.prefix))
	}
	return nil
}
