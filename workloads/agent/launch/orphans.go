package launch

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spotgrid/spotgrid/workloads/agent/process"
	"github.com/spotgrid/spotgrid/workloads/durable"
)

// processes is the content of Directory.Processes.
type processes struct {
	// Boot tells this run of the machine from others: after a reboot the
	// numbers below belong to strangers.
	Boot     string             `json:"boot"`
	Sessions []process.Identity `json:"sessions"`
}

// WriteProcesses records the sessions of the agent's children.
func WriteProcesses(d Directory, sessions []process.Identity) error {
	b, err := json.Marshal(processes{Boot: process.Boot(), Sessions: sessions})
	if err != nil {
		return err
	}
	return durable.ReplaceFile(d.Processes(), b)
}

// EndOrphans kills what a dead agent's children and their jobs left running.
// The caller holds the lock.
func EndOrphans(d Directory) error {
	b, err := os.ReadFile(d.Processes())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var ps processes
	if err == nil {
		err = json.Unmarshal(b, &ps)
	}
	if err != nil {
		return fmt.Errorf("ending orphans listed in %s: %w", d.Processes(), err)
	}
	if ps.Boot == process.Boot() {
		for _, p := range ps.Sessions {
			process.KillSession(p)
		}
	}
	return WriteProcesses(d, nil)
}
