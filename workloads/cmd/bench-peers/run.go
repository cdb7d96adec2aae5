package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"
)

// settle is how long to wait before a side's turn: threads of OpenMP spin for
// some milliseconds after their work, and would slow down the other side.
const settle = 20 * time.Millisecond

// Outcome is what came of a case.
type Outcome struct {
	Name string `json:"name"`
	Peer string `json:"peer"`
	// Versions of the distributions that the peer used, of those that are pinned.
	Versions []string `json:"versions,omitempty"`
	Threads  int      `json:"threads"`
	Rounds   int      `json:"rounds"`
	// OursSeconds and PeerSeconds are medians.
	OursSeconds float64 `json:"ours_seconds,omitempty"`
	PeerSeconds float64 `json:"peer_seconds,omitempty"`
	// Ratio is our time divided by the peer's in the same round; nil if there is
	// none, and then Reason says why.
	Ratio  *Spread  `json:"ratio,omitempty"`
	Aim    float64  `json:"aim,omitempty"`
	Reason string   `json:"reason,omitempty"`
	Notes  []string `json:"notes,omitempty"`
}

// runner runs cases, one at a time.
type runner struct {
	peers *peers
	// rounds, if not 0, is used in place of each case's own.
	rounds   int
	progress io.Writer
	settle   time.Duration
}

// run does a case. What goes wrong is an outcome, too.
func (r runner) run(ctx context.Context, c Case) Outcome {
	o := Outcome{Name: c.Name, Peer: c.Peer, Aim: c.Aim, Threads: c.Threads, Rounds: c.Rounds}
	if o.Threads == 0 {
		o.Threads = runtime.NumCPU()
	}
	if o.Rounds == 0 {
		o.Rounds = DefaultRounds
	}
	if r.rounds > 0 {
		o.Rounds = r.rounds
	}
	if err := r.measure(ctx, c, &o); err != nil {
		o.Reason = err.Error()
	}
	return o
}

func (r runner) measure(ctx context.Context, c Case, o *Outcome) error {
	if err := c.check(); err != nil {
		return err
	}
	peer, err := r.peers.start(ctx, c.Script, o.Threads)
	if err != nil {
		return err
	}
	defer peer.close()
	o.Versions = r.versions(peer.hello)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(o.Threads))
	task, cleanUp, err := prepare(ctx, c)
	if err != nil {
		return err
	}
	defer cleanUp()
	return r.alternate(c, o,
		func() (Sample, error) { return ours(ctx, c) },
		func() (Sample, error) { return peer.ask(task) })
}

// prepare makes what the case needs and returns the peer's task.
func prepare(ctx context.Context, c Case) (task any, cleanUp func(), err error) {
	if c.Prepare == nil {
		return c.Task, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "bench-peers-data-")
	if err != nil {
		return nil, nil, fmt.Errorf("preparing: %w", err)
	}
	cleanUp = func() { _ = os.RemoveAll(dir) }
	if task, err = c.Prepare(ctx, dir); err != nil {
		cleanUp()
		return nil, nil, fmt.Errorf("preparing: %w", err)
	}
	return task, cleanUp, nil
}

// ours does the case's own side once.
func ours(ctx context.Context, c Case) (Sample, error) {
	s, err := c.Go(ctx)
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return Sample{}, fmt.Errorf("our side: %w", err)
	}
	return s, nil
}

// alternate warms both sides up, then asks them in turn, the one that was last
// first, so that a machine that slows down hits both alike.
func (r runner) alternate(c Case, o *Outcome, sides ...func() (Sample, error)) error {
	var ratios []float64
	var seconds [2][]float64
	for round := range o.Rounds + 1 {
		var samples [2]Sample
		for turn := range sides {
			side := (turn + round) % 2
			time.Sleep(r.settle)
			var err error
			if samples[side], err = sides[side](); err != nil {
				return err
			}
		}
		if ours, peers := samples[0].Value, samples[1].Value; !c.agree(ours, peers) {
			return fmt.Errorf("the values differ: ours is %v, that of %s %v, want a relative difference of at most %g", ours, c.Peer, peers, c.RelativeTolerance)
		}
		if round == 0 {
			o.addNotes(c.Peer, samples[0].Note, samples[1].Note)
			continue
		}
		ratios = append(ratios, samples[0].Seconds/samples[1].Seconds)
		for side, s := range samples {
			seconds[side] = append(seconds[side], s.Seconds)
		}
		fmt.Fprintf(r.progress, "    round %d of %d: %s, %s %s\n", round, o.Rounds, duration(samples[0].Seconds), c.Peer, duration(samples[1].Seconds))
	}
	all := spread(ratios)
	o.Ratio = &all
	o.OursSeconds, o.PeerSeconds = spread(seconds[0]).Median, spread(seconds[1]).Median
	return nil
}

func (o *Outcome) addNotes(peer, ours, peers string) {
	if ours != "" {
		o.Notes = append(o.Notes, "ours: "+ours)
	}
	if peers != "" {
		o.Notes = append(o.Notes, peer+": "+peers)
	}
}

// versions are those of the pinned distributions that a script imported.
func (r runner) versions(h hello) []string {
	var out []string
	for name, version := range h.Versions {
		if r.peers.pinned[normalized(name)] {
			out = append(out, name+" "+version)
		}
	}
	slices.Sort(out)
	return out
}
