package volume

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Limits of a group of results that share a file.
const (
	// MaxGroup is the most results in a group. A file on EFS takes 177 hard
	// links (https://docs.aws.amazon.com/efs/latest/ug/limits.html), one of
	// them for the temporary name.
	MaxGroup = 128
	// maxGroupBytes keeps short what a reader of one result has to read. A
	// larger result has a file of its own.
	maxGroupBytes = 256 << 10
)

// Commit is how the commit of one result ended.
type Commit struct {
	// First is false if the job has a result already; that one stays.
	First bool
	// Err is nil when the result, whoever committed it, is durable.
	Err error
}

// CommitResult makes r the job's result, exactly once: first is false if the
// job has a result already, and that one stays. Either way the result is
// durable when there is no error, and the job may be acknowledged.
func (v *Volume) CommitResult(r Record) (first bool, err error) {
	c := v.CommitResults([]Record{r})[0]
	return c.First, c.Err
}

// CommitResults is CommitResult for many jobs. What it returns is in the order
// of the records.
//
// A disk syncs a few hundred times a second, so results share what has to be
// synced. Up to MaxGroup of them, one a line, are written to a temporary file
// and synced once; then the file is linked to the name of each job. The link
// claims the job, each for itself: one that fails leaves the others. At last
// the folders of the names are synced. A file with many names takes the room
// of its lines until the last of the names is gone.
func (v *Volume) CommitResults(records []Record) []Commit {
	commits := make([]Commit, len(records))
	claims := make([]*claim, 0, len(records))
	for i, r := range records {
		c := &claim{id: r.JobID, Commit: &commits[i]}
		if c.line, c.Err = encodeRecord(r); c.Err == nil {
			c.folder = filepath.Join(v.root, resultsFolder, shard(r.JobID))
			claims = append(claims, c)
		}
	}
	for len(claims) > 0 {
		n := groupLength(claims)
		v.commitGroup(claims[:n])
		claims = claims[n:]
	}
	for i := range commits {
		if c := &commits[i]; c.Err != nil {
			*c = Commit{Err: fmt.Errorf("committing result of job %q: %w", records[i].JobID, c.Err)}
		}
	}
	return commits
}

// claim is one job of a group.
type claim struct {
	*Commit
	id, folder string
	line       []byte
	// settled: the name is there, or cannot be made.
	settled bool
}

// groupLength is how many of the claims fit in one file, at least one.
func groupLength(claims []*claim) int {
	size := 0
	for i, c := range claims {
		size += len(c.line) + 1
		if i == MaxGroup || i > 0 && size > maxGroupBytes {
			return i
		}
	}
	return len(claims)
}

func (v *Volume) commitGroup(claims []*claim) {
	err := v.inFolder(func(folder string) error {
		for _, c := range claims {
			if _, err := v.ensure(resultsFolder, filepath.Base(c.folder)); err != nil {
				return err
			}
		}
		if err := v.claim(folder, claims); err != nil {
			return err
		}
		return v.syncFolders(foldersOf(claims))
	}, resultsFolder)
	for _, c := range claims {
		if c.Err == nil {
			c.Err = err
		}
	}
}

// claim links a file of all lines to the names that are not settled. The error
// is about all of them, or fs.ErrNotExist when a folder vanished: then it can
// be called again.
func (v *Volume) claim(folder string, claims []*claim) error {
	var lines bytes.Buffer
	for _, c := range claims {
		lines.Write(c.line)
		lines.WriteByte('\n')
	}
	temp, err := v.writeTemp(folder, lines.Bytes(), true)
	if err != nil {
		return err
	}
	// One that stays is harmless and left to Sweep.
	defer os.Remove(temp)
	names := uint64(1)
	for _, c := range claims {
		if c.settled {
			continue
		}
		err := link(temp, filepath.Join(c.folder, c.id+".json"), names)
		switch {
		case err == nil:
			names++
			c.First = true
		case errors.Is(err, fs.ErrExist):
		case errors.Is(err, fs.ErrNotExist):
			return err
		default:
			c.Err = classify(err)
		}
		c.settled = true
	}
	return nil
}

// foldersOf are the folders to sync, each once. That of a job that had a result
// is one of them: whoever committed it may have died before the sync.
func foldersOf(claims []*claim) []string {
	folders := make([]string, 0, len(claims))
	for _, c := range claims {
		if c.Err == nil {
			folders = append(folders, c.folder)
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}
