package scaler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// failureWindow is how far back failures of groups are looked for.
const failureWindow = 30 * time.Minute

// Scaler looks after fleets.
type Scaler struct {
	config Config
	cloud  Cloud
	log    *slog.Logger
	now    func() time.Time

	mu sync.Mutex // one tick at a time
	// short are the groups that were short when they were last looked at, by URL.
	// It is lost with the process: then the group's list of failures says as much.
	short map[string]shortage
	// dry is when groups were last seen to have no capacity, by URL.
	dry map[string]time.Time
	// large is since when groups are above their minimum, by URL. When it is lost
	// with the process they come to rest later.
	large map[string]time.Time
}

// shortage is that a group gets no more machines although it should.
type shortage struct {
	since   time.Time
	running int
}

// New makes a scaler of a checked Config. Log takes one line for each decision;
// nil: nothing does. Now is the time.
func New(c Config, cloud Cloud, log *slog.Logger, now func() time.Time) *Scaler {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Scaler{config: c, cloud: cloud, log: log, now: now, short: map[string]shortage{}, dry: map[string]time.Time{}, large: map[string]time.Time{}}
}

// Tick looks at every fleet once and does what is to be done. What goes wrong
// with one fleet keeps nobody from the others; it is in that fleet's decision,
// and in the error.
func (s *Scaler) Tick(ctx context.Context) ([]Decision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	decisions := make([]Decision, 0, len(s.config.Fleets))
	var errs []error
	for _, f := range s.config.Fleets {
		d, err := s.look(ctx, f)
		if err != nil {
			d.Error = err.Error()
			errs = append(errs, fmt.Errorf("fleet %q: %w", f.Name, err))
		}
		s.report(ctx, d)
		decisions = append(decisions, d)
	}
	return decisions, errors.Join(errs...)
}

// look decides about one fleet and does it.
func (s *Scaler) look(ctx context.Context, f Fleet) (Decision, error) {
	now := s.now()
	var o Observed
	var err error
	if o.Backlog, err = s.cloud.Backlog(ctx, f.Queue, now.Add(-f.quiet()-staleAfter)); err != nil {
		return Decide(now, f, Observed{}), fmt.Errorf("reading the backlog: %w", err)
	}
	b, ok := backlogOf(now, o.Backlog)
	if !ok {
		return Decide(now, f, o), nil // what else there is to see would change nothing
	}
	var failures []error // without which a decision is less well informed
	for _, g := range f.Groups {
		state, err := s.state(ctx, g, now, b.jobs > 0, &failures)
		if err != nil {
			o.Groups = nil
			return Decide(now, f, o), err
		}
		if state.isDry(now, f.patience()) {
			s.dry[g.URL] = now
		}
		if at := s.dry[g.URL]; at.After(state.FailedAt) {
			state.FailedAt = at
		}
		o.Groups = append(o.Groups, state)
	}
	d := Decide(now, f, o)
	return d, errors.Join(append(failures, s.apply(ctx, d.Changes))...)
}

// state looks at a group. Failures matter only where more machines may be asked
// for.
func (s *Scaler) state(ctx context.Context, g Group, now time.Time, mayGrow bool, failures *[]error) (State, error) {
	group := g.URL
	size, err := s.cloud.Size(ctx, group)
	if err != nil {
		return State{}, fmt.Errorf("reading the size of %s: %w", group, err)
	}
	since, isNew := s.shortSince(group, size, now)
	state := State{Size: size, ShortSince: since, LargeSince: s.largeSince(g, size, now)}
	if !mayGrow {
		return state, nil
	}
	first, last, err := s.cloud.Failures(ctx, group, now.Add(-failureWindow))
	if err != nil {
		*failures = append(*failures, fmt.Errorf("reading the failures of %s: %w", group, err))
		return state, nil
	}
	state.FailedAt = last
	if isNew && !first.IsZero() {
		s.short[group] = shortage{since: first, running: size.Running}
		state.ShortSince = first
	}
	return state, nil
}

// shortSince notes whether a group is short, and says since when. New: nothing
// was known of it.
func (s *Scaler) shortSince(group string, size Size, now time.Time) (since time.Time, isNew bool) {
	if size.Running >= size.Target {
		delete(s.short, group)
		return time.Time{}, false
	}
	known, ok := s.short[group]
	if !ok || size.Running > known.running {
		known.since = now // it gets machines
	}
	known.running = size.Running
	s.short[group] = known
	return known.since, !ok
}

// largeSince notes whether a group is above its minimum, and says since when.
func (s *Scaler) largeSince(g Group, size Size, now time.Time) time.Time {
	if size.Target <= g.MinWorkers {
		delete(s.large, g.URL)
		return time.Time{}
	}
	if _, ok := s.large[g.URL]; !ok {
		s.large[g.URL] = now
	}
	return s.large[g.URL]
}

// apply makes changes, those first that take something away. One that fails keeps
// nobody from the others, but what could not be taken back of one group is not
// asked of another either.
func (s *Scaler) apply(ctx context.Context, changes []Change) error {
	var errs []error
	kept := 0 // machines that could not be taken back
	for _, c := range changes {
		var err error
		switch c.Action {
		case Cancel:
			var taken int
			taken, err = s.cloud.Cancel(ctx, c.Group, c.From-c.To)
			kept += max(0, c.From-c.To-taken)
		case Raise:
			less := min(kept, c.To-c.From)
			kept -= less
			if c.To -= less; c.To > c.From {
				err = s.cloud.Resize(ctx, c.Group, c.To)
			}
		case Rest:
			err = s.cloud.Resize(ctx, c.Group, c.To)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("changing the target of %s from %d to %d: %w", c.Group, c.From, c.To, err))
		}
	}
	return errors.Join(errs...)
}

// report logs a decision: one line with what it was made of.
func (s *Scaler) report(ctx context.Context, d Decision) {
	level := slog.LevelInfo
	if d.Error != "" {
		level = slog.LevelError
	}
	s.log.Log(ctx, level, "scaling decision", "decision", d)
}
