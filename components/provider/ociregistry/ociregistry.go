// Package ociregistry puts container images into a registry, finds them there
// and deletes them.
package ociregistry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Repository is one repository of a registry. It tries a call three times that
// fails for a while, over some seconds.
type Repository struct {
	repository name.Repository
	options    []remote.Option
}

// Option changes how a registry is reached.
type Option = remote.Option

// Parse reads HOST/PATH, such as
// 123456789012.dkr.ecr.eu-west-1.amazonaws.com/images; the host is never left
// out.
func Parse(repository string) (name.Repository, error) {
	r, err := name.NewRepository(repository, name.StrictValidation)
	if strings.Contains(repository, "://") {
		err = errors.New("it has no scheme")
	}
	if err != nil {
		return name.Repository{}, fmt.Errorf("reading repository %q, want HOST/PATH: %w", repository, err)
	}
	return r, nil
}

// Open prepares calls of a repository; it makes none. The credentials are those
// of AWS for its registries (ECR), the application default ones for Google's
// (Artifact Registry), else those that Docker's configuration file has for the
// host, if any.
func Open(ctx context.Context, repository string, options ...Option) (*Repository, error) {
	r, err := Parse(repository)
	if err != nil {
		return nil, err
	}
	all := append([]Option{
		remote.WithContext(ctx), remote.WithAuthFromKeychain(keychain{}), remote.WithTransport(tlsOnly{remote.DefaultTransport}),
		remote.WithUserAgent("spotgrid"),
	}, options...)
	return &Repository{r, all}, nil
}

// Push puts an image into the repository, under the tag. It reports false if
// the image was there already. A tag that another image has is not moved: that
// is an error.
func (r *Repository) Push(image v1.Image, tag string) (pushed bool, err error) {
	digest, err := image.Digest()
	if err != nil {
		return false, err
	}
	ref := r.repository.Tag(tag)
	there, err := remote.Head(ref, r.options...)
	switch {
	case err == nil && there.Digest == digest:
		return false, nil // a tag that cannot move cannot be put twice either
	case err == nil:
		return false, fmt.Errorf("pushing %s: the tag is taken by %s, and tags do not move", ref, there.Digest)
	case statusOf(err) != http.StatusNotFound:
		return false, fmt.Errorf("looking for %s: %w", ref, explain(err))
	}
	if err := remote.Write(ref, image, r.options...); err != nil {
		return false, fmt.Errorf("pushing %s: %w", ref, explain(err))
	}
	return true, nil
}

// Has looks whether an image is in the repository.
func (r *Repository) Has(digest string) (bool, error) {
	ref := r.repository.Digest(digest)
	_, err := remote.Head(ref, r.options...)
	if statusOf(err) == http.StatusNotFound {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for %s: %w", ref, explain(err))
	}
	return true, nil
}

// Delete deletes an image and its tag. One that is not there, and a registry
// that deletes nothing, are no error.
func (r *Repository) Delete(digest, tag string) error {
	// The tag first: some registries delete no image that has one. Others
	// delete no tags, but images with theirs; so what a tag's deletion says is
	// only of account where it is about access.
	err := remote.Delete(r.repository.Tag(tag), r.options...)
	if s := statusOf(err); err != nil && (s == 0 || s == http.StatusUnauthorized || s == http.StatusForbidden) {
		return fmt.Errorf("deleting %s: %w", r.repository.Tag(tag), explain(err))
	}
	ref := r.repository.Digest(digest)
	err = remote.Delete(ref, r.options...)
	if s := statusOf(err); s == http.StatusNotFound || s == http.StatusMethodNotAllowed {
		return nil
	}
	if err != nil {
		return fmt.Errorf("deleting %s: %w", ref, explain(err))
	}
	return nil
}
