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

	"github.com/spotgrid/spotgrid/workloads/command/supervisor"
	"github.com/spotgrid/spotgrid/workloads/interrupt"
	"github.com/spotgrid/spotgrid/workloads/kinds"
	"github.com/spotgrid/spotgrid/workloads/machinegroup"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/asg"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
	"github.com/spotgrid/spotgrid/workloads/queue/pubsub"
	"github.com/spotgrid/spotgrid/workloads/queue/sqs"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/volume/gcs"
	"github.com/spotgrid/spotgrid/workloads/volume/s3"
	"github.com/spotgrid/spotgrid/workloads/worker"
)

// Exit codes.
const (
	exitDrained = 0
	exitError   = 1
	exitUsage   = 2
)

// openers are the queue services that this program can talk to, volumeOpeners the
// object storages that may hold its volume, groupOpeners the services whose groups
// its machine may belong to.
var (
	openers       = queue.Openers{"nats": nats.Open, "pubsub": pubsub.Open, "sqs": sqs.Open}
	volumeOpeners = volume.Openers{"gs": gcs.Open, "s3": s3.Open}
	groupOpeners  = machinegroup.Openers{"asg": asg.Open, "mig": mig.Open}
)

func main() {
	supervisor.Enter()
	os.Exit(run(os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

func run(args []string, lookup func(string) (string, bool), stdout io.Writer, stderr *os.File) int {
	if slices.Contains([]string{"--help", "-help", "-h", "help"}, firstOf(args)) {
		help(stdout)
		return exitDrained
	}
	if slices.Equal(args, []string{initVolume}) {
		if err := makeVolume(lookup); err != nil {
			fmt.Fprintln(stderr, "worker:", err)
			return exitError
		}
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

// initVolume is the argument that has the volume made instead of jobs run.
const initVolume = "init-volume"

// makeVolume makes what SPOTGRID_VOLUME_URL names a volume, if it is empty: for the
// first machine that mounts a new file system. It is an order and not
// what a worker does by itself, who would make one of a folder on which nothing
// is mounted.
func makeVolume(lookup func(string) (string, bool)) error {
	const name = "SPOTGRID_VOLUME_URL"
	value, _ := lookup(name)
	if err := volume.InitURL(context.Background(), value, volumeOpeners); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
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

	commands, err := commandOptions(s, os.LookupEnv, log)
	if err != nil {
		return err
	}
	o, err := openOwn(ctx, s, log)
	if err != nil {
		return err
	}
	defer o.close()
	jobs, err := openQueue(ctx, s.QueueURL, log, o.sources)
	if err != nil {
		return err
	}
	defer jobs.Close()
	if jobs.Caps().SendOnly {
		return fmt.Errorf("SPOTGRID_QUEUE_URL: queue %q can only be sent to, its messages go to somebody else", jobs.Name())
	}
	dead, err := openQueue(ctx, s.DeadLetterURL, log, o.sources)
	if err != nil {
		return err
	}
	defer dead.Close()
	return worker.Run(ctx, worker.Config{
		Name: s.Worker, Queue: jobs, DeadLetter: dead, Volume: o.volume, Kinds: kinds.With(kinds.Options{Command: commands}),
		Slots: s.Slots, DrainSeconds: s.DrainSeconds, IdleSeconds: s.IdleSeconds, Interrupts: o.sources, Group: o.group, Log: log,
	})
}

// own is what the worker opens without waiting for anybody.
type own struct {
	sources interrupt.Source
	volume  *volume.Volume
	group   *machinegroup.Group // nil: none
}

// openOwn opens it and returns every fault, joined.
func openOwn(ctx context.Context, s settings, log *slog.Logger) (o own, err error) {
	var errs [3]error
	if o.sources, err = sourcesOf(s, log); err != nil {
		errs[0] = fmt.Errorf("SPOTGRID_METADATA_URL: %w", err)
	}
	if o.volume, err = openVolume(ctx, s); err != nil {
		errs[1] = err
	}
	if s.GroupURL != "" {
		if o.group, err = machinegroup.Open(ctx, s.GroupURL, groupOpeners); err != nil {
			errs[2] = fmt.Errorf("SPOTGRID_GROUP_URL: %w", err)
		}
	}
	if err := errors.Join(errs[:]...); err != nil {
		o.close()
		return own{}, err
	}
	return o, nil
}

// openVolume opens the volume, with the folder of files that it is given.
func openVolume(ctx context.Context, s settings) (*volume.Volume, error) {
	v, err := volume.OpenURL(ctx, s.VolumeURL, volumeOpeners)
	if err != nil {
		return nil, fmt.Errorf("SPOTGRID_VOLUME_URL: %w", err)
	}
	if s.FilesURL == "" {
		return v, nil
	}
	if v, err = v.WithFiles(s.FilesURL); err != nil {
		return nil, fmt.Errorf("SPOTGRID_FILES_URL: %w", err)
	}
	return v, nil
}

func (o own) close() {
	if o.group != nil {
		_ = o.group.Close() // the worker has told it what there was to tell
	}
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
		metadata, err := metadataSource(s.MetadataURL, log)
		if err != nil {
			return nil, err
		}
		sources = append(sources, metadata)
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
