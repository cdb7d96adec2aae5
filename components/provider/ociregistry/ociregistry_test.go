package ociregistry_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/provider/ociregistry"
)

const tag = "quote-1"

// soon makes a call that failed be tried again at once.
var soon = remote.WithRetryBackoff(remote.Backoff{Duration: time.Millisecond, Factor: 1, Steps: 3})

// between comes between the client and a registry.
type between func(w http.ResponseWriter, r *http.Request, next http.Handler)

// serve runs a real registry and returns its host.
func serve(t *testing.T, b between) string {
	t.Helper()
	next := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	handler := next
	if b != nil {
		handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b(w, r, next) })
	}
	server := httptest.NewServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of connections that a test breaks off
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func open(t *testing.T, repository string, options ...ociregistry.Option) *ociregistry.Repository {
	t.Helper()
	r, err := ociregistry.Open(t.Context(), repository, append([]ociregistry.Option{soon}, options...)...)
	require.NoError(t, err)
	return r
}

// image is a small one of random content.
func image(t *testing.T) (i v1.Image, digest string) {
	t.Helper()
	i, err := random.Image(4096, 1)
	require.NoError(t, err)
	d, err := i.Digest()
	require.NoError(t, err)
	return i, d.String()
}

// has asks the repository for an image.
func has(t *testing.T, r *ociregistry.Repository, digest string) bool {
	t.Helper()
	there, err := r.Has(digest)
	require.NoError(t, err)
	return there
}

func TestAnImageIsPushedFoundAndDeleted(t *testing.T) {
	t.Parallel()
	repository := serve(t, nil) + "/grid/images"
	r := open(t, repository)
	i, digest := image(t)
	assert.False(t, has(t, r, digest), "not even the repository is there yet")
	pushed, err := r.Push(i, tag)
	require.NoError(t, err)
	assert.True(t, pushed)
	assert.True(t, has(t, r, digest))

	ref, err := name.NewDigest(repository + "@" + digest)
	require.NoError(t, err)
	pulled, err := remote.Image(ref)
	require.NoError(t, err)
	assert.NoError(t, validate.Image(pulled), "every byte has arrived")

	require.NoError(t, r.Delete(digest, tag))
	assert.False(t, has(t, r, digest))
	require.NoError(t, r.Delete(digest, tag), "deleting what is gone is fine")
	pushed, err = r.Push(i, tag)
	require.NoError(t, err)
	assert.True(t, pushed, "its tag is gone too")
}

func TestAnImageThatIsThereIsNotPushedAgain(t *testing.T) {
	t.Parallel()
	var writes atomic.Int64
	host := serve(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			writes.Add(1)
		}
		next.ServeHTTP(w, r)
	})
	r := open(t, host+"/images")
	i, _ := image(t)
	_, err := r.Push(i, tag)
	require.NoError(t, err)
	before := writes.Load()
	pushed, err := r.Push(i, tag)
	require.NoError(t, err)
	assert.False(t, pushed)
	assert.Equal(t, before, writes.Load(), "a registry whose tags are immutable would refuse it")

	other, digest := image(t)
	_, err = r.Push(other, tag)
	assert.ErrorContains(t, err, "the tag is taken by sha256:")
	assert.ErrorContains(t, err, tag)
	assert.False(t, has(t, r, digest))
}

func TestARegistryThatDeletesNothingIsNoObstacle(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusMethodNotAllowed, http.StatusNotFound} {
		host := serve(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodDelete {
				http.Error(w, `{"errors":[{"code":"UNSUPPORTED"}]}`, status)
				return
			}
			next.ServeHTTP(w, r)
		})
		r := open(t, host+"/images")
		i, digest := image(t)
		_, err := r.Push(i, tag)
		require.NoError(t, err)
		assert.NoError(t, r.Delete(digest, tag), status)
	}
}

func TestARegistryThatIsNotThereIsSaidToBeSo(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	host := strings.TrimPrefix(server.URL, "http://")
	server.Close()
	r := open(t, host+"/images")
	i, digest := image(t)
	_, err := r.Push(i, tag)
	assert.ErrorIs(t, err, ociregistry.ErrUnreachable)
	assert.ErrorContains(t, err, host)
	_, err = r.Has(digest)
	assert.ErrorIs(t, err, ociregistry.ErrUnreachable, "nothing is claimed of it")
	assert.ErrorIs(t, r.Delete(digest, tag), ociregistry.ErrUnreachable)
}

func TestARepositoryThatIsNotThereIsSaidToBeSo(t *testing.T) {
	t.Parallel()
	host := serve(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost { // as a registry that makes no repositories
			http.Error(w, `{"errors":[{"code":"NAME_UNKNOWN","message":"the repository does not exist"}]}`, http.StatusNotFound)
			return
		}
		next.ServeHTTP(w, r)
	})
	i, _ := image(t)
	_, err := open(t, host+"/images").Push(i, tag)
	assert.ErrorIs(t, err, ociregistry.ErrNoRepository)
	assert.ErrorContains(t, err, host+"/images:"+tag)
}

// cut ends an upload after half of it; drop also breaks the connection off.
func cut(drop bool, times int) between {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		mu.Lock()
		hit := times > 0 && strings.Contains(r.URL.Path, "/blobs/uploads/") && r.Method == http.MethodPatch
		if hit {
			times--
		}
		mu.Unlock()
		if !hit {
			next.ServeHTTP(w, r)
			return
		}
		half := io.LimitReader(r.Body, 100)
		if drop {
			_, _ = io.Copy(io.Discard, half)
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(half)
		next.ServeHTTP(w, r)
	}
}

func TestAnUploadThatBreaksOffIsTriedAgain(t *testing.T) {
	t.Parallel()
	r := open(t, serve(t, cut(true, 1))+"/images")
	i, digest := image(t)
	pushed, err := r.Push(i, tag)
	require.NoError(t, err)
	assert.True(t, pushed)
	assert.True(t, has(t, r, digest))
}

func TestAnUploadThatNeverArrivesWholeIsNoImage(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		cut  between
		kind error
	}{
		"it always breaks off":         {cut(true, 1000), ociregistry.ErrUnreachable},
		"the registry gets half of it": {cut(false, 1000), nil},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			r := open(t, serve(t, c.cut)+"/images")
			i, digest := image(t)
			_, err := r.Push(i, tag)
			require.Error(t, err)
			if c.kind != nil {
				assert.ErrorIs(t, err, c.kind)
			} else {
				assert.ErrorContains(t, err, "DIGEST_INVALID")
			}
			assert.ErrorContains(t, err, "/images:"+tag)
			assert.False(t, has(t, r, digest))
		})
	}
}

func TestARepositoryIsNamedInFull(t *testing.T) {
	t.Parallel()
	for _, repository := range []string{"", "images", "grid/images", "host.example/Images", "host.example/images:latest", "https://host.example/images"} {
		_, err := ociregistry.Open(t.Context(), repository)
		assert.ErrorContains(t, err, "want HOST/PATH", repository)
	}
}
