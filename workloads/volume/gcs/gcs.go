// Package gcs is the volume driver for Google Cloud Storage. Buckets are declared
// elsewhere.
//
// What is made once is written with ifGenerationMatch=0, which Cloud Storage
// refuses with 412 if there is an object
// (https://cloud.google.com/storage/docs/request-preconditions). Contents are
// checked against their CRC-32C, both ways. Cloud Storage takes one write a second
// of one object (https://cloud.google.com/storage/quotas).
//
// It calls storage.objects.create, get, list and delete, which the role
// roles/storage.objectUser holds; delete is needed to replace an object, too. Five
// calls need no client library: Google's own adds 25 MB to a program.
package gcs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

const (
	address = "https://storage.googleapis.com"
	// emulatorVariable names an emulator's host and port, or its URL, as Google's
	// clients read it. It is called without credentials.
	emulatorVariable = "STORAGE_EMULATOR_HOST"
	// claimKey is the metadata that holds a claim.
	claimKey = "spotgrid-claim"
)

// Driver is one bucket. It is safe for concurrent use.
type Driver struct {
	client *rest.Client
	bucket string
}

var (
	_ volume.Driver = (*Driver)(nil)
	_ volume.Opener = Open
)

// Open makes the driver of a volume at gs://BUCKET/PREFIX. The environment variable
// STORAGE_EMULATOR_HOST sends the calls to an emulator on this machine; credentials
// are application default ones, looked for when the first call is made.
func Open(_ context.Context, bucket string, parameters url.Values) (volume.Driver, error) {
	err := check(bucket, parameters)
	options := rest.Options{Base: address}
	if emulator := os.Getenv(emulatorVariable); emulator != "" {
		options = emulated(emulator)
	}
	client, clientErr := rest.New(options)
	if clientErr != nil {
		clientErr = fmt.Errorf("%s: %w", emulatorVariable, clientErr)
	}
	if err := errors.Join(err, clientErr); err != nil {
		return nil, err
	}
	return &Driver{client, bucket}, nil
}

func emulated(emulator string) rest.Options {
	if !strings.Contains(emulator, "://") {
		emulator = "http://" + emulator
	}
	return rest.Options{Base: emulator, Tokens: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "emulator"})}
}

// bucketPattern leaves out names of domains. Source: "Bucket names" in the
// documentation of Cloud Storage.
var bucketPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$`)

func check(bucket string, parameters url.Values) error {
	var errs []error
	if !bucketPattern.MatchString(bucket) {
		errs = append(errs, fmt.Errorf("bucket is %q, want 3..63 lowercase letters, digits, underscores and hyphens", bucket))
	}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		errs = append(errs, fmt.Errorf("parameter %q is not known, want none", name))
	}
	return errors.Join(errs...)
}

// path is that of the bucket's objects, or of one of them.
func (d *Driver) path(key string) string {
	path := "storage/v1/b/" + d.bucket + "/o"
	if key != "" {
		path += "/" + url.PathEscape(key)
	}
	return path
}

// Get implements volume.Driver.
func (d *Driver) Get(ctx context.Context, key string) (volume.Body, error) {
	answer, err := d.client.Send(ctx, rest.Raw{
		Method: http.MethodGet, Path: d.path(key), Query: url.Values{"alt": {"media"}},
		// What is packed on the way cannot be checked.
		Header: http.Header{"Accept-Encoding": {"identity"}},
	})
	if err != nil {
		return volume.Body{}, err
	}
	return volume.Body{ReadCloser: checked(answer), Bytes: answer.ContentLength}, nil
}

// Claim implements volume.Driver.
func (d *Driver) Claim(ctx context.Context, key string) (string, error) {
	var out struct {
		Metadata map[string]string `json:"metadata"`
	}
	err := d.client.Do(ctx, rest.Call{Method: http.MethodGet, Path: d.path(key), Query: url.Values{"fields": {"metadata"}}, Out: &out})
	return out.Metadata[claimKey], err
}

// List implements volume.Driver: 1000 keys at a time.
func (d *Driver) List(ctx context.Context, prefix, start string) (keys []string, next string, err error) {
	query := url.Values{"prefix": {prefix}, "maxResults": {"1000"}, "fields": {"items(name),nextPageToken"}}
	if start != "" {
		query.Set("pageToken", start)
	}
	var out struct {
		Items []struct {
			Name string `json:"name"`
		} `json:"items"`
		NextPageToken string `json:"nextPageToken"`
	}
	if err := d.client.Do(ctx, rest.Call{Method: http.MethodGet, Path: d.path(""), Query: query, Out: &out}); err != nil {
		return nil, "", err
	}
	for _, item := range out.Items {
		keys = append(keys, item.Name)
	}
	return keys, out.NextPageToken, nil
}

// Delete implements volume.Driver.
func (d *Driver) Delete(ctx context.Context, key string) error {
	answer, err := d.client.Send(ctx, rest.Raw{Method: http.MethodDelete, Path: d.path(key)})
	if kindOf(err) == volume.KindNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// Kind implements volume.Driver.
func (d *Driver) Kind(err error) volume.Kind { return kindOf(err) }
