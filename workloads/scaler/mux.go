package scaler

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Mux is several clouds in one: the scheme of a URL says whose it is. So a fleet's
// queue may be in one cloud and its groups in others.
type Mux map[string]Opener

// Opener makes the view of a cloud when the first URL asks for it, and returns the
// same one ever after (sync.OnceValues). It calls nothing.
type Opener func() (Cloud, error)

var _ Cloud = Mux(nil)

// cloudOf is the cloud of a URL.
func (m Mux) cloudOf(url string) (Cloud, error) {
	scheme, _, ok := strings.Cut(url, "://")
	if !ok {
		return nil, fmt.Errorf("not a URL, want one that starts with %s", m.schemes())
	}
	open, ok := m[scheme]
	if !ok {
		return nil, fmt.Errorf("scheme is %q, want %s", scheme, m.schemes())
	}
	return open()
}

// schemes are those of all clouds, for errors.
func (m Mux) schemes() string {
	return strings.Join(slices.Sorted(maps.Keys(m)), " or ")
}

// CheckQueue implements Cloud, as do the others. It fails too if the cloud of the
// URL cannot be used with the settings that there are.
func (m Mux) CheckQueue(url string) error {
	c, err := m.cloudOf(url)
	if err != nil {
		return err
	}
	return c.CheckQueue(url)
}

// CheckGroup is like CheckQueue.
func (m Mux) CheckGroup(url string) error {
	c, err := m.cloudOf(url)
	if err != nil {
		return err
	}
	return c.CheckGroup(url)
}

// Backlog implements Cloud.
func (m Mux) Backlog(ctx context.Context, queue string, since time.Time) ([]Point, error) {
	c, err := m.cloudOf(queue)
	if err != nil {
		return nil, err
	}
	return c.Backlog(ctx, queue, since)
}

// Size implements Cloud.
func (m Mux) Size(ctx context.Context, group string) (Size, error) {
	c, err := m.cloudOf(group)
	if err != nil {
		return Size{}, err
	}
	return c.Size(ctx, group)
}

// Failures implements Cloud.
func (m Mux) Failures(ctx context.Context, group string, since time.Time) (first, last time.Time, err error) {
	c, err := m.cloudOf(group)
	if err != nil {
		return first, last, err
	}
	return c.Failures(ctx, group, since)
}

// Resize implements Cloud.
func (m Mux) Resize(ctx context.Context, group string, size int) error {
	c, err := m.cloudOf(group)
	if err != nil {
		return err
	}
	return c.Resize(ctx, group, size)
}

// Cancel implements Cloud.
func (m Mux) Cancel(ctx context.Context, group string, count int) (int, error) {
	c, err := m.cloudOf(group)
	if err != nil {
		return 0, err
	}
	return c.Cancel(ctx, group, count)
}
