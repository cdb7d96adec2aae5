// Package volume keeps a grid's results, attempts, logs, dead letters, batches
// and worker states in a shared folder. It is written for NFS (EFS, Filestore)
// as well as for a local disk: it takes no locks and appends to no shared
// file, and what must happen once happens by hard link.
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
// no folder grows past a 256th of the grid's jobs. Results that were committed
// together are names of one file, in which each has its line.
//
// Every error of a write that the volume itself is to blame for is ErrFull or
// ErrUnavailable.
package volume

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

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

// Files are private: job outputs may hold secrets.
const (
	folderMode = 0o700
	fileMode   = 0o600
)

// Volume is an open volume. It is safe for concurrent use and holds no
// resource that would have to be closed.
type Volume struct {
	root string
	// temp starts the names of this process's temporary files, which no other
	// process on any machine shares.
	temp   string
	serial atomic.Uint64
	// known are the folders made or seen by this process, relative to root.
	known sync.Map
	// syncsWhole: many folders are synced with their whole file system.
	syncsWhole bool
}

// Open opens the volume that a URL such as file:///mnt/grid names. The folder
// must have been made by Init.
func Open(rawURL string) (*Volume, error) {
	root, err := PathOf(rawURL)
	if err != nil {
		return nil, fmt.Errorf("opening volume %q: %w", rawURL, err)
	}
	if err := checkMarker(root); err != nil {
		return nil, fmt.Errorf("opening volume %q: %w", rawURL, err)
	}
	whole, err := syncsWhole(root)
	if err != nil {
		return nil, fmt.Errorf("opening volume %q: %w", rawURL, classify(err))
	}
	return &Volume{root: root, temp: tempPrefix + rand.Text(), syncsWhole: whole}, nil
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

// Path is the volume's folder.
func (v *Volume) Path() string { return v.root }

// Probe writes, syncs and removes a small file and so tells whether the
// volume takes writes now. The error is ErrFull or ErrUnavailable.
func (v *Volume) Probe() error {
	if err := checkMarker(v.root); err != nil {
		return fmt.Errorf("probing volume: %w: %w", ErrUnavailable, err)
	}
	// A block, so that a full disk that still has room for names is seen.
	temp, err := v.writeTemp(filepath.Join(v.root, workersFolder), make([]byte, 4096), true)
	if err != nil {
		return fmt.Errorf("probing volume: %w", classify(err))
	}
	return os.Remove(temp)
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

// ensure makes the folder that the names lead to below the root and returns
// its path. It makes no folder at the top: where that is missing the volume
// is not mounted, and making it would fill the disk under the mount point.
func (v *Volume) ensure(names ...string) (string, error) {
	relative := filepath.Join(names...)
	path := filepath.Join(v.root, relative)
	if _, ok := v.known.Load(relative); ok {
		return path, nil
	}
	for i := 2; i <= len(names); i++ {
		parent := filepath.Join(names[:i-1]...)
		if err := v.makeFolder(parent, filepath.Join(parent, names[i-1])); err != nil {
			return "", err
		}
	}
	return path, nil
}

// makeFolder makes one folder. It syncs the parent even if the folder was
// there: whoever made it may not have come so far.
func (v *Volume) makeFolder(parent, relative string) error {
	if _, ok := v.known.Load(relative); ok {
		return nil
	}
	if err := os.Mkdir(filepath.Join(v.root, relative), folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if !strings.HasPrefix(relative, logsFolder) { // logs need not be durable
		if err := syncFolder(filepath.Join(v.root, parent)); err != nil {
			return err
		}
	}
	// Only shards are remembered: folders of jobs would fill the memory.
	if filepath.Dir(parent) == "." {
		v.known.Store(relative, struct{}{})
	}
	return nil
}

// forget drops what is remembered of folders, after one of them vanished.
func (v *Volume) forget() { v.known.Clear() }

// tempName is a name in folder that nobody else uses.
func (v *Volume) tempName(folder string) string {
	return filepath.Join(folder, v.temp+"-"+strconv.FormatUint(v.serial.Add(1), 36))
}
