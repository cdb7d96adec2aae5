package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// ErrNoGrid means that the stack has no grid now.
var ErrNoGrid = errors.New("no grid is up")

// OutputVersion is the version of Grid that this code reads.
const OutputVersion = 1

// Grid is what a stack's output "grid" says.
type Grid struct {
	Version       int    `json:"version"`
	Target        string `json:"target"`
	QueueURL      string `json:"queueUrl"`
	DeadLetterURL string `json:"deadLetterUrl"`
	VolumeURL     string `json:"volumeUrl"`
	// Queues are more of them, by name, for jobs that only some fleets take.
	Queues    map[string]Queue  `json:"queues"`
	Fleets    map[string]string `json:"fleets"`
	Functions map[string]string `json:"functions"`
	// Control is the target's own: the local one has agentDirectory and
	// agentUrl, AWS has region, Google Cloud project and region. A grid in two
	// clouds has those of its home and home itself, those of each with aws- and
	// gcp- in front, and for each fleet where it is, with fleet- in front.
	Control map[string]string `json:"control"`
}

// Queue is a queue beside the grid's own.
type Queue struct {
	URL           string `json:"url"`
	DeadLetterURL string `json:"deadLetterUrl"`
}

// On is the grid with one of its queues in the place of its own. The error names
// those there are.
func (g Grid) On(queue string) (Grid, error) {
	q, ok := g.Queues[queue]
	if !ok {
		return g, fmt.Errorf("queue is %q, want one of the grid's: %s", queue, strings.Join(slices.Sorted(maps.Keys(g.Queues)), ", "))
	}
	g.QueueURL, g.DeadLetterURL = q.URL, q.DeadLetterURL
	return g, nil
}

// Home is the target that the grid's queue, volume and functions are on.
func (g Grid) Home() string {
	if home := g.Control["home"]; home != "" {
		return home
	}
	return g.Target
}

// Outputs asks pulumi where the stack's grid is.
func (s Stack) Outputs(ctx context.Context) (Grid, error) {
	if s.Local() && !s.own().exists() {
		return Grid{}, fmt.Errorf("%w in stack %q: run `make up STACK=%s`, or `make demo`", ErrNoGrid, s.Name, s.Name)
	}
	run, err := s.ready()
	if err != nil {
		return Grid{}, err
	}
	var out, errs bytes.Buffer
	args := []string{"stack", "output", "--json", "--stack", s.Name}
	if err := run.run(ctx, s.Root, Streams{Out: &out, Err: &errs}, args...); err != nil {
		return Grid{}, fmt.Errorf("reading the outputs of stack %q: %w: %s", s.Name, err, strings.TrimSpace(errs.String()))
	}
	g, err := parse(out.Bytes())
	if err != nil {
		return Grid{}, fmt.Errorf("stack %q: %w", s.Name, err)
	}
	return g, nil
}

// ReadOutputs reads what `pulumi stack output --json` printed into a file, for
// places that have no pulumi.
func ReadOutputs(path string) (Grid, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Grid{}, fmt.Errorf("reading stack outputs: %w", err)
	}
	g, err := parse(b)
	if err != nil {
		return Grid{}, fmt.Errorf("reading stack outputs %q: %w", path, err)
	}
	return g, nil
}

func parse(b []byte) (Grid, error) {
	var outputs struct {
		Grid *Grid `json:"grid"`
	}
	if err := json.Unmarshal(b, &outputs); err != nil {
		return Grid{}, fmt.Errorf("the outputs are not what `pulumi stack output --json` prints: %w", err)
	}
	if outputs.Grid == nil {
		return Grid{}, fmt.Errorf("%w: run `make up`", ErrNoGrid)
	}
	if v := outputs.Grid.Version; v != OutputVersion {
		return Grid{}, fmt.Errorf("its grid has outputs of version %d, this command reads %d: build both from one revision", v, OutputVersion)
	}
	return *outputs.Grid, nil
}
