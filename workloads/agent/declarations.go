package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/durable"
)

// declared is all that the agent was told to keep, as it lies on disk.
type declared struct {
	Queues    map[string]api.Queue    `json:"queues"`
	Volumes   map[string]api.Volume   `json:"volumes"`
	Fleets    map[string]api.Fleet    `json:"fleets"`
	Functions map[string]api.Function `json:"functions"`
	// Started counts the workers ever started, by fleet, so that no two have
	// one name.
	Started map[string]int `json:"started"`
}

// store keeps the declarations on disk; a change is there before it is told.
type store struct {
	path string
	mu   sync.Mutex
	d    declared
}

func openStore(path string) (*store, error) {
	s := &store{path: path, d: declared{
		Queues: map[string]api.Queue{}, Volumes: map[string]api.Volume{},
		Fleets: map[string]api.Fleet{}, Functions: map[string]api.Function{},
		Started: map[string]int{},
	}}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s.d)
	}
	if err != nil {
		return nil, fmt.Errorf("reading declarations %q: %w", path, err)
	}
	return s, nil
}

// change applies edit and writes the result; if that fails, what is in memory
// stays ahead of the disk only until the next change.
func (s *store) change(edit func(*declared)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(&s.d)
	b, err := json.MarshalIndent(s.d, "", "  ")
	if err != nil {
		return err
	}
	return durable.ReplaceFile(s.path, b)
}

// look reads under the lock.
func (s *store) look(read func(*declared)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	read(&s.d)
}

// nextWorker counts one more worker of the fleet.
func (s *store) nextWorker(fleet string) (n int, err error) {
	err = s.change(func(d *declared) {
		d.Started[fleet]++
		n = d.Started[fleet]
	})
	return n, err
}

// programs lists the hashes in use.
func (d *declared) programs() map[string]bool {
	used := map[string]bool{}
	for _, f := range d.Fleets {
		used[f.BinarySHA256] = true
	}
	for _, f := range d.Functions {
		used[f.BinarySHA256] = true
	}
	return used
}
