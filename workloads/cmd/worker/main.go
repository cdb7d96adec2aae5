// Command worker is the program of a fleet: it runs the jobs of a grid. See
// worker --help for its settings.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spotgrid/spotgrid/workloads/interrupt"
	"github.com/spotgrid/spotgrid/workloads/kinds"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

// Exit codes.
const (
	exitDrained = 0
	exitError   = 1
	exitUsage   = 2
)

// openers are the queue services that this program can talk to.
var openers = queue.Openers{"nats": nats.Open}

func main() {
	os.Exit(run(os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

func run(args []string, lookup func(string) (string, bool), stdout io.Writer, stderr *os.File) int {
	if slices.Contains([]string{"--help", "-help", "-h", "help"}, firstOf(args)) {
		help(stdout)
		return exitDrained
	}
	if len(args) > 0 {
		fmt.Fprintf(stderr, "worker: unknown argument %q; it is set by the environment, see worker --help\n", args[0])
		return exitUsage
	}
	s, err := parse(lookup)
	if err != nil {
		fmt.Fprintf(stderr, "worker: bad settings, see worker --help:\n%v\n", err)
		return exitUsage
	}
	log := slog.New(logHandler(stderr, s.LogFormat))
	if err := work(s, log); err != nil {
		log.Error("worker failed", "worker", s.Worker, "error", err)
		return exitError
	}
	return exitDrained
}

func firstOf(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// logHandler is JSON for a fleet, and text for a person on a terminal.
func logHandler(f *os.File, format string) slog.Handler {
	info, err := f.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	if format == "text" || format == "" && terminal {
		return slog.NewTextHandler(f, nil)
	}
	return slog.NewJSONHandler(f, nil)
}

// work runs the worker until a signal, a notice or the lifeline ends it.
func work(s settings, log *slog.Logger) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go endOnSignals(cancel, log)

	sources, err := sourcesOf(s, log)
	if err != nil {
		return err
	}
	v, err := volume.Open(s.VolumeURL)
	if err != nil {
		return err
	}
	jobs, err := openQueue(ctx, s.QueueURL, log, sources)
	if err != nil {
		return err
	}
	defer jobs.Close()
	dead, err := openQueue(ctx, s.DeadLetterURL, log, sources)
	if err != nil {
		return err
	}
	defer dead.Close()
	return worker.Run(ctx, worker.Config{
		Name: s.Worker, Queue: jobs, DeadLetter: dead, Volume: v, Kinds: kinds.All(),
		Slots: s.Slots, DrainSeconds: s.DrainSeconds, Interrupts: sources, Log: log,
	})
}

// endOnSignals drains at the first signal and ends the process at the second.
func endOnSignals(drain func(), log *slog.Logger) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	log.Info("draining on signal; another one ends the worker at once", "signal", (<-signals).String())
	drain()
	log.Error("ended by a second signal; running jobs come back when their leases run out", "signal", (<-signals).String())
	os.Exit(exitError)
}

// sourcesOf are the places that may announce the end.
func sourcesOf(s settings, log *slog.Logger) (interrupt.Source, error) {
	var sources []interrupt.Source
	if s.MetadataURL != "" {
		ec2, err := interrupt.NewEC2(interrupt.EC2Options{BaseURL: s.MetadataURL, Log: log, Now: time.Now, Rand: rand.Float64})
		if err != nil {
			return nil, fmt.Errorf("SPOTGRID_METADATA_URL: %w", err)
		}
		sources = append(sources, ec2)
	}
	if s.Lifeline {
		sources = append(sources, interrupt.Lifeline{Reader: os.Stdin, Now: time.Now})
	}
	return interrupt.Join(sources...), nil
}

// Delays between tries to open a queue.
const (
	minOpenDelay = 250 * time.Millisecond
	maxOpenDelay = 5 * time.Second
)

// openQueue connects, and tries on while the service cannot be reached: it may
// be about to start.
func openQueue(ctx context.Context, url string, log *slog.Logger, ends interrupt.Source) (*queue.Queue, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	notices := ends.Watch(ctx)
	for delay := minOpenDelay; ; delay = min(2*delay, maxOpenDelay) {
		q, err := queue.Open(ctx, url, openers)
		if err == nil || !queue.KindOf(err).Passing() {
			return q, err
		}
		if delay == minOpenDelay {
			log.Warn("cannot reach the queue, trying on", "error", err)
		}
		select {
		case <-time.After(delay + time.Duration(rand.Float64()*float64(delay))):
		case <-ctx.Done():
			return nil, errors.Join(err, errors.New("asked to stop before the queue could be reached"))
		case <-notices:
			return nil, errors.Join(err, errors.New("interrupted before the queue could be reached"))
		}
	}
}
