package wikijob

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/wiki"
)

// Limits of a Payload.
const (
	// MaxEntities of one job, in the payload or in the file.
	MaxEntities = 500_000
	// MaxFileBytes is the largest file of entities: 16 MiB, as it is held in
	// memory.
	MaxFileBytes = 16 << 20
	// MaxConcurrency is the most requests at a time.
	MaxConcurrency = 32
	// MaxCacheHours is the oldest answer that may be used: a year.
	MaxCacheHours = 365 * 24
)

// Payload of a job of kind "wiki". Fields left out have the defaults.
type Payload struct {
	// Entities to ask for, as of wiki.Request: 1..MaxEntities. Faulty ones are
	// refused.
	Entities []string `json:"entities"`
	// File has the entities instead, one a line, below the volume's files: at
	// most MaxEntities and MaxFileBytes, in UTF-8. Empty lines do not count;
	// faulty ones are part of the result.
	File string `json:"file"`
	// Lang is the Wikipedia that is asked; default wiki.DefaultLang.
	Lang string `json:"lang"`
	// Output is the folder, below the volume's files, where JOB.jsonl is written;
	// default "output".
	Output string `json:"output"`
	// Concurrency is how many requests are made at a time, 1..MaxConcurrency;
	// default 4.
	Concurrency int `json:"concurrency"`
	// PerSecond is how many requests this job makes at most: more than 0, at
	// most wiki.MaxPerSecond, default 5. Jobs that run at a time add up.
	PerSecond float64 `json:"per_second"`
	// CacheHours is how old an answer of the cache may be: 0..MaxCacheHours; 0
	// neither reads nor writes it. Default 168, a week.
	CacheHours int `json:"cache_hours"`
}

// DefaultPayload is the payload of {} but for its entities.
func DefaultPayload() Payload {
	return Payload{Lang: wiki.DefaultLang, Output: "output", Concurrency: 4, PerSecond: 5, CacheHours: 7 * 24}
}

// Parse reads a payload strictly and returns every fault of it, joined.
func Parse(raw []byte) (Payload, error) {
	p := DefaultPayload()
	if len(raw) == 0 {
		return p, errors.New(`payload is empty, want a JSON object such as {"entities":["google"]}`)
	}
	if err := job.DecodeStrict(raw, &p); err != nil {
		return p, fmt.Errorf("decoding payload: %w", err)
	}
	return p, p.Check()
}

// Check returns every fault of the payload, joined, or nil.
func (p Payload) Check() error {
	errs := p.checkEntities()
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if err := wiki.CheckLang(p.Lang); err != nil {
		errs = append(errs, err)
	}
	if !isBelow(p.Output) {
		bad("output is %q, want a folder below the volume's files, without .. and not absolute", p.Output)
	}
	if p.Concurrency < 1 || p.Concurrency > MaxConcurrency {
		bad("concurrency is %d, want 1..%d", p.Concurrency, MaxConcurrency)
	}
	if !(p.PerSecond > 0 && p.PerSecond <= wiki.MaxPerSecond) {
		bad("per_second is %v, want more than 0 and at most %d", p.PerSecond, wiki.MaxPerSecond)
	}
	if p.CacheHours < 0 || p.CacheHours > MaxCacheHours {
		bad("cache_hours is %d, want 0..%d", p.CacheHours, MaxCacheHours)
	}
	return errors.Join(errs...)
}

func (p Payload) checkEntities() []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch {
	case p.File != "" && len(p.Entities) > 0:
		bad("entities and file are given, want one of them")
	case p.File != "" && !isBelow(p.File):
		bad("file is %q, want a name below the volume's files, without .. and not absolute", p.File)
	case p.File == "" && (len(p.Entities) == 0 || len(p.Entities) > MaxEntities):
		bad("entities has %d entries, want 1..%d, or a file of them", len(p.Entities), MaxEntities)
	}
	for i, entity := range p.Entities {
		if _, err := wiki.NormalizeTitle(entity); err != nil {
			bad("entities[%d] %w", i, err)
		}
	}
	return errs
}

func isBelow(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.Contains(name, "\x00")
}
