package kmeans

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// ChunkKindName is the job kind that works on one chunk of a fit's points.
const ChunkKindName = "kmeans-chunk"

// MaxChunks bounds into how many chunks points are cut.
const MaxChunks = 10_000

// ChunkWork is what a job does with its chunk.
type ChunkWork string

// What a chunk's job does, given centres.
const (
	// AddUp finds the nearest centre of each point and adds up the points of
	// each cluster.
	AddUp ChunkWork = "add_up"
	// Farthest finds the points that are farthest from their centres, which
	// become those of empty clusters.
	Farthest ChunkWork = "farthest"
	// Label writes the cluster of each point.
	Label ChunkWork = "label"
)

// ChunkPayload of a job of kind "kmeans-chunk". The files it reads and writes
// lie in Folder and are named by Chunk and Step.
type ChunkPayload struct {
	// Folder of the fit, below the grid's files.
	Folder string `json:"folder"`
	// Chunk counts from 1: 1..MaxChunks.
	Chunk int `json:"chunk"`
	// Step names the centres, such as "r01-i0003": those after three iterations
	// of the first restart.
	Step string `json:"step"`
	// Work to do with them.
	Work ChunkWork `json:"work"`
	// Clusters is how many centres there are: 1..MaxCenterValues.
	Clusters int `json:"clusters"`
	// Most points for Farthest: 1..2*Clusters.
	Most int `json:"most,omitempty"`
	// Algorithm that finds the nearest centres.
	Algorithm Algorithm `json:"algorithm"`
}

// ParseChunk reads a payload strictly and returns every fault of it, joined.
func ParseChunk(payload json.RawMessage) (ChunkPayload, error) {
	var p ChunkPayload
	if err := job.DecodeStrict(payload, &p); err != nil {
		return p, fmt.Errorf("decoding payload: %w", err)
	}
	return p, p.Check()
}

// Check returns every fault of the payload, joined, or nil.
func (p ChunkPayload) Check() error {
	f := &faults{}
	f.add(checkPath("folder", p.Folder))
	f.within("chunk", p.Chunk, 1, MaxChunks)
	f.within("clusters", p.Clusters, 1, MaxCenterValues)
	if !job.ValidID(p.Step) {
		f.bad("step is %q, want 1..128 of letters, digits, dot, underscore and hyphen, not starting with a dot", p.Step)
	}
	switch p.Work {
	case AddUp, Label:
	case Farthest:
		f.within("most", p.Most, 1, 2*max(1, p.Clusters))
	default:
		f.bad("work is %q, want %s, %s or %s", p.Work, AddUp, Farthest, Label)
	}
	f.add(p.Algorithm.check())
	return errors.Join(f.errs...)
}

// The files of a fit in its folder.
func (p ChunkPayload) pointsFile() string  { return path.Join(p.Folder, pointsFile(p.Chunk)) }
func (p ChunkPayload) centersFile() string { return path.Join(p.Folder, centersFile(p.Step)) }
func (p ChunkPayload) outputFile() string {
	return path.Join(p.Folder, outputFile(p.Step, p.Work, p.Chunk))
}

func pointsFile(chunk int) string    { return fmt.Sprintf("points-%05d.npy", chunk) }
func centersFile(step string) string { return step + ".centers.npy" }
func outputFile(step string, work ChunkWork, chunk int) string {
	return fmt.Sprintf("%s.%s-%05d.npy", step, work, chunk)
}

// ChunkResult of a job of kind "kmeans-chunk".
type ChunkResult struct {
	Chunk  int `json:"chunk"`
	Points int `json:"points"`
	// Inertia of the chunk's points, for AddUp.
	Inertia float64 `json:"inertia"`
	// Output is the file written, below the grid's files: for AddUp a row for
	// each cluster, its points added up and, last, how many they are; for Farthest
	// a row for each point, its squared distance, its index in the chunk, its
	// cluster and its features; for Label the clusters.
	Output string `json:"output"`
	// Remembered: the worker had worked on the chunk before and still knew it.
	Remembered bool    `json:"remembered"`
	Seconds    float64 `json:"seconds"`
}
