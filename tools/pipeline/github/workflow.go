package github

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
)

// maxArtifactBytes bounds a download.
const maxArtifactBytes = 4 << 30

// ErrNoArtifact means that no artifact has the name, or that it has expired.
var ErrNoArtifact = errors.New("there is no such artifact any more")

// PullHead is the repository and commit that a pull request asks to merge.
type PullHead struct {
	Repo string // owner/name; "" where the fork is deleted
	SHA  string
}

// Head looks a pull request up.
func (c *Client) Head(ctx context.Context, pull int) (PullHead, error) {
	var p struct {
		Head struct {
			SHA  string `json:"sha"`
			Repo struct {
				FullName string `json:"full_name"`
			} `json:"repo"`
		} `json:"head"`
	}
	if err := c.call(ctx, http.MethodGet, fmt.Sprintf("/pulls/%d", pull), nil, &p); err != nil {
		return PullHead{}, fmt.Errorf("looking up pull request %d: %w", pull, err)
	}
	return PullHead{p.Head.Repo.FullName, p.Head.SHA}, nil
}

// Approved reports whether jobs in an environment wait for a person. One that
// nobody set up does not: GitHub makes it on first use, without any rule.
func (c *Client) Approved(ctx context.Context, environment string) (bool, error) {
	var e struct {
		Rules []struct {
			Type      string     `json:"type"`
			Reviewers []struct{} `json:"reviewers"`
		} `json:"protection_rules"`
	}
	err := c.call(ctx, http.MethodGet, "/environments/"+url.PathEscape(environment), nil, &e)
	if status := (*StatusError)(nil); errors.As(err, &status) && status.Status == http.StatusNotFound {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking up environment %q: %w", environment, err)
	}
	for _, r := range e.Rules {
		if r.Type == "required_reviewers" && len(r.Reviewers) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// Artifact downloads the file of an artifact that holds one file of that name,
// into folder, at most 4 GiB. ErrNoArtifact: it is not there or has expired.
func (c *Client) Artifact(ctx context.Context, name, file, folder string) error {
	err := c.artifact(ctx, name, file, folder)
	if err != nil {
		return fmt.Errorf("downloading artifact %q: %w", name, err)
	}
	return nil
}

func (c *Client) artifact(ctx context.Context, name, file, folder string) error {
	var list struct {
		Artifacts []struct {
			ID      int64 `json:"id"`
			Expired bool  `json:"expired"`
		} `json:"artifacts"`
	}
	if err := c.call(ctx, http.MethodGet, "/actions/artifacts?name="+url.QueryEscape(name), nil, &list); err != nil {
		return err
	}
	for _, a := range list.Artifacts {
		if !a.Expired {
			return c.download(ctx, fmt.Sprintf("%s/repos/%s/actions/artifacts/%d/zip", c.Base, c.Repo, a.ID), file, folder)
		}
	}
	return ErrNoArtifact
}

func (c *Client) download(ctx context.Context, address, file, folder string) error {
	answer, err := c.do(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	packed, err := os.CreateTemp(folder, "artifact-")
	if err != nil {
		return err
	}
	defer os.Remove(packed.Name())
	defer packed.Close()
	size, err := io.Copy(packed, io.LimitReader(answer.Body, maxArtifactBytes))
	if err != nil {
		return err
	}
	return extract(packed, size, file, folder)
}

func extract(packed io.ReaderAt, size int64, file, folder string) error {
	z, err := zip.NewReader(packed, size)
	if err != nil {
		return err
	}
	in, err := z.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(filepath.Join(folder, file))
	if err != nil {
		return err
	}
	n, err := io.Copy(out, io.LimitReader(in, maxArtifactBytes+1))
	if err == nil && n > maxArtifactBytes {
		err = fmt.Errorf("it has more than %d bytes", int64(maxArtifactBytes))
	}
	return errors.Join(err, out.Close())
}
