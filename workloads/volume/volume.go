// Package volume keeps a grid's results, attempts, logs, dead letters, batches
// and worker states in a shared folder, or on object storage. What must happen
// once happens there: a job's result is claimed by whoever makes its file first.
//
//	batches/<batch>.json            what was submitted: the manifest
//	batches/<batch>.jobs.jsonl      and its jobs, one envelope a line
//	results/hh/<job>.json           the one result of a job, a line of the file
//	attempts/hh/<job>/<number>.json every attempt that did not succeed
//	logs/hh/<job>/<number>.log      what an attempt had to say
//	dead/hh/<job>.json              jobs that were given up
//	workers/<worker>.json           the state of each worker
//	checkpoints/hh/<job>            what an interrupted job goes on from
//	files/                          users' files, in folders as they like
//
// hh, the shard, is the first two hex digits of the job ID's SHA-256, so that
// no folder grows past a 256th of the grid's jobs.
//
// # In a folder
//
// It is written for NFS (EFS, Filestore) as well as for a local disk: it takes no
// locks and appends to no shared file, and what must happen once happens by hard
// link. Results that were committed together are names of one file, in which each
// has its line.
//
// # On object storage
//
// A Driver of a service with conditional writes holds a volume: packages s3 and
// gcs. Every file is an object, made once by a write that the service refuses if
// there is one. One place can so serve a grid that stands in two clouds. What is
// different there:
//
//   - There is no folder: Path is "", and Files fails with ErrNoFiles unless
//     WithFiles names one.
//   - Nothing is shared by a group of results, each is a request of its own, up to
//     writesAtOnce at a time. Every request is paid for: IsMetered.
//   - A log is written when its attempt ends, and each logInterval before, in
//     objects of maxLogPartBytes: a worker that is killed takes the last lines along.
//   - A file has at most MaxObjectBytes.
//   - Services do not order two writes of one name that are under way at a time, so
//     a write whose answer was lost may undo a later one. That cannot happen to
//     what is made once.
//   - There are no temporary files, so there is nothing to sweep.
//
// Every error of a write that the volume itself is to blame for is ErrFull or
// ErrUnavailable.
package volume

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// Version is the version of the files this code writes and reads.
const Version = 1

// Folders at the top of a volume.
const (
	batchesFolder  = "batches"
	resultsFolder  = "results"
	attemptsFolder = "attempts"
	logsFolder     = "logs"
	deadFolder     = "dead"
	workersFolder  = "workers"

	checkpointsFolder = "checkpoints"
	filesFolder       = "files"
)

// Volume is an open volume. It is safe for concurrent use and holds no
// resource that would have to be closed.
type Volume struct {
	store store
	url   string
	// path is the volume's folder, files that of users' files; "": none.
	path, files string
	// ctx ends calls to object storage.
	ctx context.Context
}

// Open opens the volume that a URL such as file:///mnt/grid names. The folder
// must have been made by Init.
func Open(rawURL string) (*Volume, error) {
	root, err := PathOf(rawURL)
	if err != nil {
		return nil, fmt.Errorf("opening volume %q: %w", rawURL, err)
	}
	f, err := openFolder(root)
	if err != nil {
		return nil, fmt.Errorf("opening volume %q: %w", rawURL, err)
	}
	return &Volume{store: f, url: "file://" + root, path: root, files: filepath.Join(root, filesFolder), ctx: context.Background()}, nil
}

// PathOf is the folder that a volume's URL names, such as /mnt/grid of
// file:///mnt/grid. It looks at no folder.
func PathOf(rawURL string) (string, error) {
	u, err := url.Parse(rawURL)
	switch {
	case err != nil:
		return "", err
	case u.Scheme != "file":
		return "", fmt.Errorf("scheme is %q, want file", u.Scheme)
	case u.Host != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return "", errors.New("want file:///absolute/path and nothing else")
	case !filepath.IsAbs(u.Path):
		return "", fmt.Errorf("path is %q, want an absolute one", u.Path)
	}
	return filepath.Clean(u.Path), nil
}

// Path is the volume's folder; "" on object storage.
func (v *Volume) Path() string { return v.path }

// URL says where the volume is, for people: what it was opened with, without
// parameters.
func (v *Volume) URL() string { return v.url }

// IsMetered tells whether every call costs money, as on object storage. Callers
// look and write less often there.
func (v *Volume) IsMetered() bool { return v.path == "" }

// WithContext is the same volume, with calls that end when ctx does. Only calls to
// object storage can: those of a folder take the time they take.
func (v *Volume) WithContext(ctx context.Context) *Volume {
	bound := *v
	bound.ctx = ctx
	return &bound
}

// Probe writes a little and so tells whether the volume takes writes now. The
// error is ErrFull or ErrUnavailable.
func (v *Volume) Probe() error {
	if err := v.store.probe(v.ctx); err != nil {
		return fmt.Errorf("probing volume: %w", err)
	}
	return nil
}

// Sweep removes the temporary files last written before a time, which workers
// that were killed in mid-commit left, and returns how many. Leave an hour or
// more of margin: on NFS the time is the server's, and a commit that loses
// its temporary file fails and is repeated.
func (v *Volume) Sweep(before time.Time) (removed int, err error) {
	if removed, err = v.store.sweep(before); err != nil {
		return removed, fmt.Errorf("sweeping volume: %w", err)
	}
	return removed, nil
}

// shard is the folder of a job below one of the top folders.
func shard(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:1])
}

// checkID refuses what could leave its folder or collide with other names.
func checkID(what, id string) error {
	if !job.ValidID(id) {
		return fmt.Errorf("%s is %q, want 1..128 of letters, digits, dot, underscore and hyphen, not starting with a dot", what, id)
	}
	return nil
}
