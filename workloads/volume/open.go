package volume

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Opener makes a driver for a bucket. It calls nothing, checks the bucket's name
// and the parameters of the URL, and names every fault of them.
type Opener func(ctx context.Context, bucket string, parameters url.Values) (Driver, error)

// Openers are the Opener of each URL scheme.
type Openers map[string]Opener

// OpenURL opens the volume that a URL names: a folder, as Open does, or a part of
// a bucket, such as s3://BUCKET/PREFIX?region=REGION, with the Opener of its scheme.
// It must have been made by InitURL; without one the error is fs.ErrNotExist.
// ErrUnavailable: it cannot be told. ctx is for opening only, see WithContext.
func OpenURL(ctx context.Context, rawURL string, openers Openers) (*Volume, error) {
	if isFolder(rawURL) {
		return Open(rawURL)
	}
	o, err := objectsOf(ctx, rawURL, openers)
	if err != nil {
		return nil, fmt.Errorf("opening volume: %w", err)
	}
	if err := o.checkMarker(ctx); err != nil {
		return nil, fmt.Errorf("opening volume %q: %w", o.url, err)
	}
	return newVolume(o), nil
}

// InitURL makes what a URL names a volume: a folder, as Init does, or a part of a
// bucket. It does nothing to a volume, and refuses a part that holds something
// else. Several machines may do it at once.
func InitURL(ctx context.Context, rawURL string, openers Openers) error {
	if isFolder(rawURL) {
		path, err := PathOf(rawURL)
		if err != nil {
			return err
		}
		return Init(path)
	}
	o, err := objectsOf(ctx, rawURL, openers)
	if err != nil {
		return fmt.Errorf("making volume: %w", err)
	}
	if err := o.init(ctx); err != nil {
		return fmt.Errorf("making volume %q: %w", o.url, err)
	}
	return nil
}

// isFolder tells whether a URL names a folder, or nothing that could be one.
func isFolder(rawURL string) bool {
	scheme, _, ok := strings.Cut(rawURL, ":")
	return !ok || scheme == "file"
}

// newVolume is a volume of objects.
func newVolume(o *objects) *Volume {
	return &Volume{store: o, url: o.url, ctx: context.Background()}
}

// objectsOf makes the driver that a URL names.
func objectsOf(ctx context.Context, rawURL string, openers Openers) (*objects, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		// The error of url.Parse repeats the URL, which may hold a secret.
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return nil, fmt.Errorf("its URL is malformed: %w", err)
	}
	address := u.Scheme + "://" + u.Host + strings.TrimSuffix(u.Path, "/")
	open, ok := openers[u.Scheme]
	if !ok {
		schemes := append(slices.Collect(maps.Keys(openers)), "file")
		slices.Sort(schemes)
		return nil, fmt.Errorf("scheme of %q is unknown, want one of: %s", address, strings.Join(schemes, ", "))
	}
	prefix, prefixErr := prefixOf(u)
	parameters, queryErr := url.ParseQuery(u.RawQuery)
	driver, err := open(ctx, u.Host, parameters)
	if err := errors.Join(prefixErr, queryErr, err); err != nil {
		return nil, fmt.Errorf("%q: %w", address, err)
	}
	return newObjects(driver, address, prefix), nil
}

// maxPrefixBytes leaves room for the longest key, of which services take 1024.
const maxPrefixBytes = 256

var prefixPattern = regexp.MustCompile(`^/?$|^(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+/?$`)

// prefixOf is what the keys of a volume start with.
func prefixOf(u *url.URL) (string, error) {
	var errs []error
	if u.User != nil || u.Fragment != "" || u.Opaque != "" {
		errs = append(errs, errors.New("want SCHEME://BUCKET/PREFIX, and parameters alone beside it"))
	}
	if !prefixPattern.MatchString(u.Path) || len(u.Path) > maxPrefixBytes {
		errs = append(errs, fmt.Errorf("prefix is %q, want up to %d letters, digits, dots, underscores and hyphens in parts that start with no dot, between slashes", strings.TrimPrefix(u.Path, "/"), maxPrefixBytes))
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	return prefix, errors.Join(errs...)
}
