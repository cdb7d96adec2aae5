package kmeans

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/npy"
)

type chunkKind struct {
	options KindOptions
	memory  *chunkMemory
}

var _ job.Kind = chunkKind{}

// NewChunkKind makes the job kind "kmeans-chunk", which does a chunk's share of
// a fit on the grid. Its payload is a ChunkPayload and its result a
// ChunkResult. Jobs of one payload give the same, whoever runs them.
func NewChunkKind(o KindOptions) job.Kind {
	setDefault(&o.Threads, runtime.GOMAXPROCS(0))
	setDefault(&o.CacheBytes, DefaultCacheBytes)
	if o.Now == nil {
		o.Now = time.Now
	}
	return chunkKind{o, &chunkMemory{maxBytes: o.CacheBytes}}
}

func (chunkKind) Name() string { return ChunkKindName }

func (chunkKind) Check(payload json.RawMessage) error {
	_, err := ParseChunk(payload)
	return err
}

func (k chunkKind) Run(ctx context.Context, task job.Task) (json.RawMessage, error) {
	p, err := ParseChunk(task.Payload)
	if err != nil {
		return nil, job.Reject(err)
	}
	if task.Files == nil {
		return nil, job.Reject(errNoFiles)
	}
	begun := k.options.Now()
	r, err := k.work(ctx, p, task)
	if err != nil {
		return nil, fmt.Errorf("chunk %d of %q: %w", p.Chunk, p.Folder, err)
	}
	r.Seconds = k.options.Now().Sub(begun).Seconds()
	encoded, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding the result: %w", err)
	}
	return encoded, nil
}

func (k chunkKind) work(ctx context.Context, p ChunkPayload, task job.Task) (ChunkResult, error) {
	key, err := p.key(task.Files)
	if err != nil {
		return ChunkResult{}, rejectUnlessIO(err)
	}
	pool := newPool(k.options.Threads)
	defer pool.close()
	points := k.memory.take(key)
	r := ChunkResult{Chunk: p.Chunk, Output: p.outputFile(), Remembered: points != nil}
	if points == nil {
		d, err := readFile(task.Files, p.pointsFile(), MaxValues)
		if err == nil {
			err = p.fits(d)
		}
		if err != nil {
			return ChunkResult{}, rejectUnlessIO(err)
		}
		points = newPart(d, p.Clusters, p.Algorithm.choose(p.Clusters, d.Features), pool)
	}
	points.pool = pool
	centers, err := readMatrix(task.Files, p.centersFile(), p.Clusters, points.data.Features)
	if err == nil && slices.ContainsFunc(centers, isNotFinite) {
		err = fmt.Errorf("reading %q: it has values that are not finite", p.centersFile())
	}
	if err != nil {
		return ChunkResult{}, rejectUnlessIO(err)
	}
	r.Points = points.data.Points
	sums, err := points.assign(ctx, centers, p.Work == AddUp)
	if err != nil {
		return ChunkResult{}, err
	}
	if p.Work == AddUp {
		r.Inertia = sums.inertia
	}
	if err := p.write(task, points, sums); err != nil {
		return ChunkResult{}, err
	}
	k.memory.put(key, points)
	return r, nil
}

func (p ChunkPayload) key(files *os.Root) (chunkKey, error) {
	info, err := files.Stat(p.pointsFile())
	if err != nil {
		return chunkKey{}, fmt.Errorf("points in %q: %w", p.pointsFile(), err)
	}
	return chunkKey{p.pointsFile(), info.Size(), info.ModTime(), p.Clusters, p.Algorithm}, nil
}

// fits checks what the payload could not know.
func (p ChunkPayload) fits(d Dataset) error {
	f := &faults{}
	f.product("clusters*features", p.Clusters, d.Features, MaxCenterValues)
	return errors.Join(f.errs...)
}

// write writes what the work gives.
func (p ChunkPayload) write(task job.Task, points *part, sums partial) error {
	switch p.Work {
	case Label:
		return writeLabels(task.Files, p.outputFile(), task.ID, points.labels)
	case Farthest:
		far := points.farthest(points.centers, p.Most)
		return writeMatrix(task.Files, p.outputFile(), task.ID, encodeFar(far), farColumns+points.data.Features)
	}
	return writeMatrix(task.Files, p.outputFile(), task.ID, encodeSums(sums), points.data.Features+1)
}

// encodeSums puts a row for each cluster: the sums and the count.
func encodeSums(p partial) []float64 {
	features := len(p.sums) / len(p.counts)
	values := make([]float64, 0, len(p.sums)+len(p.counts))
	for c, count := range p.counts {
		values = append(append(values, row(p.sums, c, features)...), float64(count))
	}
	return values
}

// addSums adds to p what encodeSums made.
func addSums(p *partial, values []float64) {
	features := len(p.sums) / len(p.counts)
	for c := range p.counts {
		r := row(values, c, features+1)
		addTo(row(p.sums, c, features), r[:features])
		p.counts[c] += int(r[features])
	}
}

// farColumns stand before a far point's features.
const farColumns = 3

func encodeFar(far []farPoint) []float64 {
	var values []float64
	for _, f := range far {
		values = append(append(values, f.squared, float64(f.index), float64(f.label)), f.point...)
	}
	return values
}

func decodeFar(values []float64, features int) []farPoint {
	var far []farPoint
	for width := farColumns + features; len(values) >= width; values = values[width:] {
		far = append(far, farPoint{squared: values[0], index: int(values[1]), label: int32(values[2]), point: values[farColumns:width]})
	}
	return far
}

// readMatrix reads an array of that shape; fewer than 0 rows are any number.
func readMatrix(files *os.Root, name string, rows, columns int) ([]float64, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	defer f.Close()
	values, shape, err := npy.Read(bufio.NewReaderSize(f, 1<<16), MaxValues)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	if len(shape) != 2 || shape[1] != columns || rows >= 0 && shape[0] != rows {
		return nil, fmt.Errorf("reading %q: its shape is %v, want %d columns and %d rows", name, shape, columns, rows)
	}
	return values, nil
}
