package pricing

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/durable"
)

// maxBookBytes is the most that is read of a user's book: all machines of both
// clouds in all regions are about 10 MB.
const maxBookBytes = 64 << 20

// UserFile is where a user's own book is: what SPOTGRID_PRICES names, or a file of
// the user's configuration folder.
func UserFile() (string, error) {
	if file := os.Getenv("SPOTGRID_PRICES"); file != "" {
		return file, nil
	}
	folder, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("finding the price book: %w; name it with SPOTGRID_PRICES", err)
	}
	return filepath.Join(folder, "spotgrid", "prices.json"), nil
}

// Load is the embedded book with a user's book over it, where the file is there.
func Load(file string) (*Book, error) {
	base, err := Embedded()
	if err != nil {
		return nil, err
	}
	own, err := LoadUser(file)
	if err != nil {
		return nil, fmt.Errorf("%w; `spotgrid prices refresh` writes a new one", err)
	}
	return base.Overlay(own), nil
}

// LoadUser is a user's book alone, which is empty where the file is not there.
func LoadUser(file string) (*Book, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &Book{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening price book %q: %w", file, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxBookBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading price book %q: %w", file, err)
	}
	if len(b) > maxBookBytes {
		return nil, fmt.Errorf("price book %q has more than %d MiB, want less", file, maxBookBytes>>20)
	}
	own, err := ParseBook(b)
	if err != nil {
		return nil, fmt.Errorf("price book %q: %w", file, err)
	}
	return own, nil
}

// Save writes the book, whole or not at all.
func (b *Book) Save(file string) error {
	if err := b.Check(); err != nil {
		return fmt.Errorf("checking price book: %w", err)
	}
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return fmt.Errorf("writing price book: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("writing price book: %w", err)
	}
	if err := durable.ReplaceFile(file, append(text, '\n')); err != nil {
		return fmt.Errorf("writing price book %q: %w", file, err)
	}
	return nil
}

// Overlay is a book with the prices of another one in the place of its own. Each
// price keeps its source, with its date; sources of nothing are left out.
func (b *Book) Overlay(newer *Book) *Book {
	out := &Book{Prices: slices.Clone(newer.Prices), Machines: slices.Clone(newer.Machines)}
	priced, there := map[[3]string]bool{}, map[[3]string]bool{}
	for _, p := range newer.Prices {
		priced[[3]string{p.Cloud, p.Region, p.Item}] = true
	}
	for _, m := range newer.Machines {
		there[[3]string{m.Cloud, m.Region, m.Type}] = true
	}
	for _, p := range b.Prices {
		if !priced[[3]string{p.Cloud, p.Region, p.Item}] {
			out.Prices = append(out.Prices, p)
		}
	}
	for _, m := range b.Machines {
		if !there[[3]string{m.Cloud, m.Region, m.Type}] {
			out.Machines = append(out.Machines, m)
		}
	}
	used := out.usedSources()
	for _, s := range slices.Concat(newer.Sources, b.Sources) {
		if used[s.ID] {
			out.Sources = append(out.Sources, s)
			delete(used, s.ID)
		}
	}
	return out
}

// Without is the book without machines of some sources. Those that an older answer
// of a source named and a newer one does not are not as new as that one.
func (b *Book) Without(sources []BookSource) *Book {
	out := *b
	out.Machines = slices.DeleteFunc(slices.Clone(b.Machines), func(m Machine) bool {
		return slices.ContainsFunc(sources, func(s BookSource) bool { return slices.Contains(m.Sources, s.ID) })
	})
	return &out
}

func (b *Book) usedSources() map[string]bool {
	used := map[string]bool{}
	for _, p := range b.Prices {
		for _, id := range append([]string{p.Source}, p.Agree...) {
			used[id] = true
		}
	}
	for _, m := range b.Machines {
		for _, id := range m.Sources {
			used[id] = true
		}
	}
	return used
}

// How old prices may be before they are warned of, in days: those of spot move
// daily, list prices seldom.
const (
	oldMachineDays = 90
	oldServiceDays = 540
)

// Warnings name what is old on a day in those sources of the book that are of use.
func (b *Book) Warnings(now time.Time, used func(id string) bool) []string {
	ofMachines := map[string]bool{}
	for _, m := range b.Machines {
		for _, id := range m.Sources {
			ofMachines[id] = true
		}
	}
	var texts, machines []string
	for _, s := range b.Sources {
		days := s.AgeDays(now)
		switch {
		case !used(s.ID):
		case ofMachines[s.ID] && days > oldMachineDays:
			machines = append(machines, fmt.Sprintf("%s %d", s.ID, days))
		case !ofMachines[s.ID] && days > oldServiceDays && b.charges(s.ID):
			texts = append(texts, fmt.Sprintf("prices of %s are %d days old", s.ID, days))
		}
	}
	if len(machines) > 0 {
		texts = append(texts, fmt.Sprintf("prices of machines are days old (%s): 'spotgrid prices refresh' asks the clouds", strings.Join(machines, ", ")))
	}
	return texts
}

// charges says whether anything of a source costs money: that something is free
// does not grow old as fast.
func (b *Book) charges(source string) bool {
	return slices.ContainsFunc(b.Prices, func(p Price) bool { return p.Source == source && p.USD > 0 })
}

// AgeDays is how old a source is at least, in whole days.
func (s BookSource) AgeDays(now time.Time) int {
	last := s.AsOf[max(0, len(s.AsOf)-len(time.DateOnly)):]
	day, err := time.Parse(time.DateOnly, last)
	if err != nil {
		return 0
	}
	return int(now.Sub(day).Hours() / 24)
}
