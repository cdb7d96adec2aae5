package stack

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// clearLocks removes the locks of pulumi commands that died before they could
// do it themselves, as one does that is killed or interrupted twice. Locks of
// running ones stay.
func (o own) clearLocks() {
	files, _ := filepath.Glob(filepath.Join(o.state(), ".pulumi", "locks", "*", "*", o.stack.Name, "*.json"))
	host, _ := os.Hostname()
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var lock struct {
			PID      int    `json:"pid"`
			Hostname string `json:"hostname"`
		}
		if json.Unmarshal(b, &lock) != nil || lock.PID <= 0 || lock.Hostname != host {
			continue
		}
		if errors.Is(syscall.Kill(lock.PID, 0), syscall.ESRCH) {
			os.Remove(file)
		}
	}
}
