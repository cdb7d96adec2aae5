package wikijob

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"time"

	"github.com/spotgrid/spotgrid/workloads/wiki"
)

const (
	// CacheFolder is where answers are kept, below the volume's files. It may be
	// removed at any time.
	CacheFolder = "cache/wiki"
	// maxEntryBytes is far above what an answer takes.
	maxEntryBytes = 256 << 10
)

// cache keeps answers on the volume. It is safe for concurrent use, by any
// number of workers: an entry is written beside its place and renamed.
type cache struct {
	root   *os.Root
	maxAge time.Duration
	now    func() time.Time
}

// entry is a file of the cache.
type entry struct {
	// Lang and Entity are what was asked, normalized.
	Lang   string `json:"lang"`
	Entity string `json:"entity"`
	// At is when.
	At time.Time `json:"at"`
	// Answer, or nil if there is no article.
	Answer *wiki.Answer `json:"answer,omitempty"`
	// HasNoText is that of wiki.NotFoundError, without an answer.
	HasNoText bool `json:"has_no_text,omitempty"`
}

// file is the entry's name: entities may have any sign, so their digest.
func file(r wiki.Request) string {
	digest := sha256.Sum256([]byte(r.Lang + "/" + r.Entity))
	name := hex.EncodeToString(digest[:])
	return path.Join(CacheFolder, r.Lang, name[:2], name[2:]+".json")
}

// get finds what is kept of a normalized request. What cannot be read is as
// good as not there: users may do anything in their folder.
func (c *cache) get(r wiki.Request) (a wiki.Answer, err error, ok bool) {
	if c.maxAge == 0 {
		return wiki.Answer{}, nil, false
	}
	data, readErr := readFile(c.root, file(r), maxEntryBytes)
	if readErr != nil {
		return wiki.Answer{}, nil, false
	}
	var e entry
	if json.Unmarshal(data, &e) != nil || e.Lang != r.Lang || e.Entity != r.Entity {
		return wiki.Answer{}, nil, false
	}
	if age := c.now().Sub(e.At); age < 0 || age >= c.maxAge {
		return wiki.Answer{}, nil, false
	}
	if e.Answer == nil {
		return wiki.Answer{}, &wiki.NotFoundError{Title: r.Entity, Lang: r.Lang, HasNoText: e.HasNoText}, true
	}
	return *e.Answer, nil, true
}

// put keeps an answer, or that there is none. What failed, and what Wikipedia
// only said a part of, is not kept.
func (c *cache) put(r wiki.Request, a wiki.Answer, err error) error {
	e := entry{Lang: r.Lang, Entity: r.Entity, At: c.now().UTC()}
	missing := (*wiki.NotFoundError)(nil)
	switch {
	case c.maxAge == 0 || a.Ambiguous && len(a.MayReferTo) == 0:
		return nil
	case errors.As(err, &missing):
		e.HasNoText = missing.HasNoText
	case err != nil:
		return nil
	default:
		e.Answer = &a
	}
	data, err := encodeLine(e)
	if err == nil {
		err = c.write(file(r), data)
	}
	if err != nil {
		return fmt.Errorf("keeping what %q is: %w", r.Entity, err)
	}
	return nil
}

// write does not sync: an entry that a power cut spoils is asked for again.
func (c *cache) write(name string, data []byte) error {
	if err := c.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	temporary := path.Join(path.Dir(name), "."+rand.Text()+".tmp")
	err := c.root.WriteFile(temporary, data, 0o644)
	if err == nil {
		err = c.root.Rename(temporary, name)
	}
	if err != nil {
		_ = c.root.Remove(temporary) // what went wrong is in err
	}
	return err
}
