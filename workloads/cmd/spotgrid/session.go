package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
	"github.com/spotgrid/spotgrid/workloads/queue/pubsub"
	"github.com/spotgrid/spotgrid/workloads/queue/sqs"
	"github.com/spotgrid/spotgrid/workloads/stack"
	"github.com/spotgrid/spotgrid/workloads/volume"
	"github.com/spotgrid/spotgrid/workloads/volume/gcs"
	"github.com/spotgrid/spotgrid/workloads/volume/s3"
)

// Targets, as a grid's outputs name them.
const (
	targetLocal = "local"
	targetAWS   = "aws"
	targetGCP   = "gcp"
	targetMulti = "multicloud"
)

// globals are the flags of every command.
type globals struct {
	stack     string
	gridFile  string
	volumeURL string
	queue     string
	json      bool
}

// find says where the grid is, with the queue that was asked for.
func (g *globals) find(ctx context.Context) (stack.Grid, error) {
	found, err := g.findGrid(ctx)
	if err != nil || g.queue == "" {
		return found, err
	}
	if found, err = found.On(g.queue); err != nil {
		return found, usageError{fmt.Errorf("--queue: %w", err)}
	}
	return found, nil
}

func (g *globals) findGrid(ctx context.Context) (stack.Grid, error) {
	if g.gridFile != "" {
		return stack.ReadOutputs(g.gridFile)
	}
	s, err := g.project()
	if err != nil {
		return stack.Grid{}, err
	}
	return s.Outputs(ctx)
}

// project finds the stack in the project's folder.
func (g *globals) project() (stack.Stack, error) {
	root, err := stack.FindProject(".")
	if err != nil {
		return stack.Stack{}, err
	}
	s, err := stack.New(root, g.stack)
	if err != nil {
		return stack.Stack{}, usageError{err}
	}
	return s, nil
}

// volume opens the grid's volume.
func (g *globals) volume(ctx context.Context) (*volume.Volume, error) {
	found, err := g.find(ctx)
	if err != nil {
		return nil, err
	}
	return g.openVolume(ctx, found)
}

// errNoVolume means that the grid's volume is not mounted on this machine.
var errNoVolume = errors.New("the grid's volume is not mounted on this machine")

// volumeOpeners are the object storages that may hold a grid's volume.
var volumeOpeners = volume.Openers{"gs": gcs.Open, "s3": s3.Open}

// openVolume opens the volume where this machine has it. One in a bucket is had
// everywhere, and made by whoever is first: no machine may have come up yet.
func (g *globals) openVolume(ctx context.Context, found stack.Grid) (*volume.Volume, error) {
	given := g.volumeURL != ""
	if given {
		found.VolumeURL = g.volumeURL
	}
	v, err := volume.OpenURL(ctx, found.VolumeURL, volumeOpeners)
	isFolder := strings.HasPrefix(found.VolumeURL, "file:")
	if errors.Is(err, fs.ErrNotExist) && !isFolder && !given {
		if err = volume.InitURL(ctx, found.VolumeURL, volumeOpeners); err == nil {
			v, err = volume.OpenURL(ctx, found.VolumeURL, volumeOpeners)
		}
	}
	switch {
	case err == nil:
		return v.WithContext(ctx), nil
	case errors.Is(err, volume.ErrUnavailable) && !isFolder:
		return nil, err
	case errors.Is(err, fs.ErrNotExist) && isFolder && (given || found.Target != targetLocal):
		return nil, fmt.Errorf("%w: %w\nrun this on a machine of the grid (`spotgrid workers` lists them): %s\nor mount the volume and say where: --volume file:///FOLDER, or SPOTGRID_VOLUME_URL", errNoVolume, err, shellOn(found))
	case given:
		return nil, usageError{fmt.Errorf("--volume: %w", err)}
	}
	return nil, err
}

// shellOn is how to get onto a machine of the grid. On Google Cloud the machines
// have no address of their own: SSH goes by Identity-Aware Proxy, where the grid's
// network lets it in.
func shellOn(found stack.Grid) string {
	if found.Home() == targetGCP {
		return "gcloud compute ssh INSTANCE --zone ZONE --project " + cmp.Or(found.Control["project"], "PROJECT") + " --tunnel-through-iap"
	}
	if region := found.Control["region"]; region != "" {
		return "aws ssm start-session --region " + region + " --target INSTANCE"
	}
	return "aws ssm start-session --target INSTANCE"
}

// session is an open grid.
type session struct {
	grid   stack.Grid
	volume *volume.Volume // nil after openQueues
	jobs   *queue.Queue
	dead   *queue.Queue
}

// open connects to the grid's queues and its volume.
func (g *globals) open(ctx context.Context) (*session, error) {
	found, err := g.find(ctx)
	if err != nil {
		return nil, err
	}
	v, err := g.openVolume(ctx, found)
	if err != nil {
		return nil, err
	}
	s, err := connect(ctx, found)
	if err != nil {
		return nil, err
	}
	s.volume = v
	return s, nil
}

// openQueues connects to the grid's queues only, for what needs no volume.
func (g *globals) openQueues(ctx context.Context) (*session, error) {
	found, err := g.find(ctx)
	if err != nil {
		return nil, err
	}
	return connect(ctx, found)
}

func connect(ctx context.Context, found stack.Grid) (*session, error) {
	s := &session{grid: found}
	var err error
	if s.jobs, err = openQueue(ctx, found.QueueURL); err != nil {
		return nil, hint(found, err)
	}
	if s.dead, err = openQueue(ctx, found.DeadLetterURL); err != nil {
		s.jobs.Close()
		return nil, hint(found, err)
	}
	return s, nil
}

// close lets go of the connections; what was sent is durable by then.
func (s *session) close() {
	s.jobs.Close()
	s.dead.Close()
}

func openQueue(ctx context.Context, url string) (*queue.Queue, error) {
	return queue.Open(ctx, url, queue.Openers{"nats": nats.Open, "pubsub": pubsub.Open, "sqs": sqs.Open})
}

// cloudHints are what to do about a cloud's queue that does not do as it
// should, beside what its driver says already.
var cloudHints = map[queue.Kind]string{
	queue.KindNotFound:    "the grid was taken down or rebuilt: `spotgrid status` shows what there is, `spotgrid up` brings it back",
	queue.KindUnavailable: "is there a network from here to the grid's region?",
}

// hint says what to do about a grid whose queue does not answer.
func hint(found stack.Grid, err error) error {
	if err == nil {
		return nil
	}
	kind := queue.KindOf(err)
	text := cloudHints[kind]
	if found.Target == targetLocal {
		text = ""
		if kind == queue.KindUnavailable || kind == queue.KindNotFound {
			text = "the grid's agent does not run or was rebuilt; `make up` mends it and loses nothing"
		}
	}
	if text == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, text)
}
