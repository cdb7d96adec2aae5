package pricing

import (
	_ "embed"
	"errors"
	"fmt"
	"sync"

	"github.com/spotgrid/spotgrid/workloads/job"
)

var (
	//go:embed gcp.json
	gcpServices []byte
	//go:embed machines.csv
	machineList []byte
	//go:embed machines.json
	machineSources []byte
)

// Embedded is the whole book built into the program: services and machines of
// both clouds. Callers must not change it.
func Embedded() (*Book, error) { return parseEmbedded() }

var parseEmbedded = sync.OnceValues(func() (*Book, error) {
	whole := &Book{}
	for _, part := range [][]byte{services, gcpServices} {
		b, err := ParseBook(part)
		if err != nil {
			return nil, err
		}
		whole.Sources = append(whole.Sources, b.Sources...)
		whole.Prices = append(whole.Prices, b.Prices...)
	}
	var sources struct {
		Sources []BookSource `json:"sources"`
	}
	machines, err := parseMachines(machineList)
	if err := errors.Join(err, job.DecodeStrict(machineSources, &sources)); err != nil {
		return nil, fmt.Errorf("decoding the price book's machines: %w", err)
	}
	whole.Sources, whole.Machines = append(whole.Sources, sources.Sources...), machines
	if err := whole.Check(); err != nil {
		return nil, fmt.Errorf("checking price book: %w", err)
	}
	return whole, nil
})
