package pricing

import (
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"github.com/spotgrid/spotgrid/workloads/job"
)

//go:embed services.json
var services []byte

// Book is a list of what cloud services and machines cost, each price with the
// source that it was read from.
type Book struct {
	Sources  []BookSource `json:"sources"`
	Prices   []Price      `json:"prices"`
	Machines []Machine    `json:"machines,omitempty"`
}

// BookSource is where some prices of a book were found.
type BookSource struct {
	// ID is what prices name it by.
	ID  string `json:"id"`
	URL string `json:"url"`
	// Version of what the URL shows, such as a commit or a date.
	Version string `json:"version"`
	// AsOf is when the source had these prices, as Table.AsOf.
	AsOf string `json:"as_of"`
	// Method says what kind of source it is, and which of several prices was
	// taken.
	Method string `json:"method"`
	// Dating says how AsOf is known.
	Dating string `json:"dating"`
}

// Price is what one unit of one thing costs in one region, without free tiers
// and without discounts for volume.
type Price struct {
	Cloud string `json:"cloud"`
	// Region is "*" where the price is the same in all of them.
	Region string `json:"region"`
	// Item ends with its unit: nat_gateway_hour, log_storage_gb_month.
	Item string `json:"item"`
	// Unit is "hour", "month", "GB", "GB-month", "GB-second", the same with GiB,
	// "vCPU-second" or "million", of requests and the like. AWS writes GB where it
	// counts GiB.
	Unit string `json:"unit"`
	// USD for one unit; 0 is what the source says costs nothing.
	USD float64 `json:"usd"`
	// Source is the ID of the source that the price was read from, and Entry is
	// what it is called there.
	Source string `json:"source"`
	Entry  string `json:"entry"`
	// Agree are the IDs of other sources that say the same.
	Agree []string `json:"agree,omitempty"`
}

// Services is the book of AWS's services in two regions, from which the page of
// its costs is made. Callers must not change it.
func Services() (*Book, error) { return parseServices() }

var parseServices = sync.OnceValues(func() (*Book, error) { return ParseBook(services) })

// ParseBook reads a book strictly. The error lists every fault.
func ParseBook(b []byte) (*Book, error) {
	var book Book
	if err := job.DecodeStrict(b, &book); err != nil {
		return nil, fmt.Errorf("decoding price book: %w", err)
	}
	if err := book.Check(); err != nil {
		return nil, fmt.Errorf("checking price book: %w", err)
	}
	return &book, nil
}

// everywhere is the region of prices that are the same in all.
const everywhere = "*"

// Find is the price of an item in a region, and whether the book has it.
func (b *Book) Find(cloud, region, item string) (Price, bool) {
	for _, in := range []string{region, everywhere} {
		i := slices.IndexFunc(b.Prices, func(p Price) bool { return p.Cloud == cloud && p.Region == in && p.Item == item })
		if i >= 0 {
			return b.Prices[i], true
		}
	}
	return Price{}, false
}

// Machine is what a machine type costs in a region, and whether the book has it.
func (b *Book) Machine(cloud, region, machineType string) (Machine, bool) {
	i := slices.IndexFunc(b.Machines, func(m Machine) bool { return m.Cloud == cloud && m.Region == region && m.Type == machineType })
	if i < 0 {
		return Machine{}, false
	}
	return b.Machines[i], true
}

// Source is one of the book's sources.
func (b *Book) Source(id string) (BookSource, bool) {
	i := slices.IndexFunc(b.Sources, func(s BookSource) bool { return s.ID == id })
	if i < 0 {
		return BookSource{}, false
	}
	return b.Sources[i], true
}
