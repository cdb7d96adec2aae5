package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// bot is who writes with a workflow's token. Others' texts are never edited,
// whatever marker they hold.
const bot = "github-actions[bot]"

// Marker is a line that is not shown and tells one comment or issue of ours from
// another. The name has lower-case letters, digits and hyphens.
func Marker(name string) string { return "<!-- spotgrid:" + name + " -->" }

type post struct {
	ID     int64  `json:"id"`
	Number int    `json:"number"`
	Body   string `json:"body"`
	User   struct {
		Login string `json:"login"`
	} `json:"user"`
	PullRequest *struct{} `json:"pull_request"`
}

func (p post) ours(marker string) bool {
	return p.User.Login == bot && strings.HasPrefix(p.Body, marker)
}

// Comment makes body the one comment on a pull request that has the name's
// marker: it is edited where it is there, and written where it is not. An equal
// one is left alone.
func (c *Client) Comment(ctx context.Context, pull int, name, body string) error {
	body = Marker(name) + "\n" + body
	var old post
	path := fmt.Sprintf("/issues/%d/comments", pull)
	err := pages(ctx, c, path, url.Values{}, func(p post) bool {
		if p.ours(Marker(name)) {
			old = p
		}
		return old.ID != 0
	})
	switch {
	case err != nil:
	case old.ID == 0:
		err = c.call(ctx, http.MethodPost, path, map[string]string{"body": body}, nil)
	case old.Body != body:
		err = c.call(ctx, http.MethodPatch, fmt.Sprintf("/issues/comments/%d", old.ID), map[string]string{"body": body}, nil)
	}
	if err != nil {
		return fmt.Errorf("commenting on pull request %d: %w", pull, err)
	}
	return nil
}

// Issue makes body the one open issue that has the name's marker; it is opened
// where there is none. It returns the issue's number.
func (c *Client) Issue(ctx context.Context, name, title, body string) (number int, err error) {
	old, err := c.openIssue(ctx, name)
	body = Marker(name) + "\n" + body
	text := map[string]string{"title": title, "body": body}
	switch {
	case err != nil:
	case old.Number == 0:
		err = c.call(ctx, http.MethodPost, "/issues", text, &old)
	case old.Body != body:
		err = c.call(ctx, http.MethodPatch, fmt.Sprintf("/issues/%d", old.Number), text, nil)
	}
	if err != nil {
		return 0, fmt.Errorf("writing issue %q: %w", name, err)
	}
	return old.Number, nil
}

// CloseIssue closes the open issue that has the name's marker, with a last
// comment. It returns the issue's number, 0 where there was none.
func (c *Client) CloseIssue(ctx context.Context, name, comment string) (number int, err error) {
	old, err := c.openIssue(ctx, name)
	if err == nil && old.Number != 0 {
		path := fmt.Sprintf("/issues/%d", old.Number)
		err = c.call(ctx, http.MethodPost, path+"/comments", map[string]string{"body": comment}, nil)
		if err == nil {
			err = c.call(ctx, http.MethodPatch, path, map[string]string{"state": "closed"}, nil)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("closing issue %q: %w", name, err)
	}
	return old.Number, nil
}

func (c *Client) openIssue(ctx context.Context, name string) (old post, err error) {
	err = pages(ctx, c, "/issues", url.Values{"state": {"open"}}, func(p post) bool {
		if p.PullRequest == nil && p.ours(Marker(name)) {
			old = p
		}
		return old.Number != 0
	})
	return old, err
}
