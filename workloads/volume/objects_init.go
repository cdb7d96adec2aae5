package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// init makes a part of a bucket a volume. That is a marker and nothing else:
// object storage has no folders.
func (o *objects) init(ctx context.Context) error {
	if err := o.checkMarker(ctx); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
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
