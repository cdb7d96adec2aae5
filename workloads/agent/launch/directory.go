// Package launch starts, finds and stops a grid's agent. The agent is a
// process of its own that outlives the command that started it; its directory
// is all that is needed to find it again.
package launch

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
)

// Directory is the folder in which one agent keeps everything it has.
type Directory string

// The files of an agent.
func (d Directory) path(name string) string { return filepath.Join(string(d), name) }

// Lock is held by the running agent and freed by the kernel when it dies.
func (d Directory) Lock() string { return d.path("agent.lock") }

// Ready is written when the agent serves, and says where.
func (d Directory) Ready() string { return d.path("agent.json") }

// Log is where a started agent writes.
func (d Directory) Log() string { return d.path("agent.log") }

// Token is the file with the secret that every caller must know.
func (d Directory) Token() string { return d.path("token") }

// Declarations is what the agent was told to keep.
func (d Directory) Declarations() string { return d.path("declarations.json") }

// Processes lists the children, so that a later agent can end orphans.
func (d Directory) Processes() string { return d.path("processes.json") }

// Broker is the store of the embedded queue server.
func (d Directory) Broker() string { return d.path("jetstream") }

// Programs holds the agent's copies of binaries, by hash.
func (d Directory) Programs() string { return d.path("programs") }

// Logs holds the output of workers and functions.
func (d Directory) Logs() string { return d.path("logs") }

// marker tells that a directory is an agent's, so that only such are deleted.
func (d Directory) marker() string { return d.path(".spotgrid-agent") }

// Prepare makes the directory. It refuses a folder with other things in it.
func (d Directory) Prepare() error {
	if !filepath.IsAbs(string(d)) {
		return fmt.Errorf("preparing agent directory %q: want an absolute path", string(d))
	}
	if _, err := os.Stat(d.marker()); err == nil {
		return nil
	}
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("preparing agent directory: %w", err)
	}
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return fmt.Errorf("preparing agent directory: %w", err)
	}
	if len(entries) > 0 {
		if _, err := os.Stat(d.marker()); err == nil {
			return nil // somebody else prepared it meanwhile
		}
		return fmt.Errorf("preparing agent directory %q: it holds other files and is not an agent's; name an empty or new folder", string(d))
	}
	if err := os.WriteFile(d.marker(), []byte("This folder belongs to a spotgrid agent.\n"), 0o600); err != nil {
		return fmt.Errorf("preparing agent directory: %w", err)
	}
	return nil
}

// Purge deletes the directory of an agent that does not run. One that was
// never an agent's is refused; one that is gone is fine.
func (d Directory) Purge() error {
	if _, err := os.Stat(string(d)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if _, err := os.Stat(d.marker()); err != nil {
		return fmt.Errorf("deleting agent directory %q: it is not an agent's: %w", string(d), err)
	}
	if err := os.RemoveAll(string(d)); err != nil {
		return fmt.Errorf("deleting agent directory: %w", err)
	}
	return nil
}

// Instance is what a serving agent says of itself in its directory.
type Instance struct {
	PID       int       `json:"pid"`
	URL       string    `json:"url"`
	QueuePort int       `json:"queue_port"`
	HTTPPort  int       `json:"http_port"`
	SHA256    string    `json:"sha256"` // of the program
	StartedAt time.Time `json:"started_at"`
}

// ReadInstance reads what the last agent wrote; it may be dead by now.
func (d Directory) ReadInstance() (Instance, error) {
	var i Instance
	b, err := os.ReadFile(d.Ready())
	if err != nil {
		return i, fmt.Errorf("%w: %w", api.ErrDown, err)
	}
	if err := json.Unmarshal(b, &i); err != nil {
		return i, fmt.Errorf("%w: reading %s: %w", api.ErrDown, d.Ready(), err)
	}
	return i, nil
}
