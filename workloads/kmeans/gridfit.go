package kmeans

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// Grid runs jobs somewhere.
type Grid interface {
	// Run sends jobs of kind "kmeans-chunk" and returns the results of all, in
	// their order, when each has one. A job whose ID has a result is not run
	// again. The error tells which jobs were given up, and why.
	Run(ctx context.Context, jobs []job.Job) ([]json.RawMessage, error)
}

// GridFit is a fit whose points are cut into chunks and worked on by the
// workers of a grid, a job for each chunk and iteration. The coordinator, who
// calls Fit, reads the points once: it writes the chunks and chooses the first
// centres. From then on it only adds up what the chunks give. If it is killed,
// the same fit goes on from the last iteration that was finished; if a worker
// is, its job goes to another.
type GridFit struct {
	Grid Grid
	// Files are those of the grid's volume.
	Files *os.Root
	// PointsID names the points: a fit of the same PointsID, Options and Chunks is
	// the same fit.
	PointsID string
	// Points reads the points. It is not called when chunks were written before.
	Points func(ctx context.Context) (Dataset, error)
	// Chunks to cut the points into: 1..MaxChunks and no more than points.
	Chunks int
	// Options of the fit. Parts, Checkpoint, Now and InertiaEvery are not looked
	// at; Threads is for choosing the first centres.
	Options Options
	// TimeoutSeconds of each job: 0 is the default of jobs.
	TimeoutSeconds int
}

// GridResult is the outcome of a GridFit.
type GridResult struct {
	Points   int `json:"points"`
	Features int `json:"features"`
	Clusters int `json:"clusters"`
	Chunks   int `json:"chunks"`
	// Inertia, Iterations, Converged, Algorithm and Sizes are as in Model.
	Inertia    float64   `json:"inertia"`
	Iterations int       `json:"iterations"`
	Converged  bool      `json:"converged"`
	Algorithm  Algorithm `json:"algorithm"`
	Sizes      []int     `json:"sizes"`
	// Labels and Centers are files below the grid's files.
	Labels  string `json:"labels"`
	Centers string `json:"centers"`
	// Resumed is as in Model.
	Resumed int `json:"resumed,omitempty"`
}

// Files of a fit in its folder; those in work are removed at its end.
const (
	gridFolder   = "kmeans"
	workFolder   = "work"
	planFile     = "plan.json"
	stateFile    = "state"
	resultFile   = "result.json"
	seedsPattern = "seeds-%03d.npy"
)

// Folder of the fit, below the grid's files.
func (g GridFit) Folder() string {
	o := g.Options.withDefaults()
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%q\n", stateVersion, g.PointsID)
	fmt.Fprintln(h, o.Clusters, o.Seed, o.Centers, o.MaxIterations, o.Tolerance, o.Restarts, o.Algorithm, g.Chunks)
	return path.Join(gridFolder, hex.EncodeToString(h.Sum(nil)[:8]))
}

// plan is what a fit on the grid consists of. It is written when all chunks
// and first centres are.
type plan struct {
	// Run makes the IDs of the jobs those of this fit alone.
	Run       string    `json:"run"`
	Points    int       `json:"points"`
	Features  int       `json:"features"`
	Chunks    int       `json:"chunks"`
	Variance  float64   `json:"variance"`
	Algorithm Algorithm `json:"algorithm"`
}

// Fit finds the clusters, or goes on where the same fit was interrupted, or
// returns what it gave when it was finished. The error lists every fault of
// the fit, or tells what failed; then Fit can be called again.
func (g GridFit) Fit(ctx context.Context) (GridResult, error) {
	r, err := g.fit(ctx)
	if err != nil {
		return GridResult{}, fmt.Errorf("fitting k-means on the grid: %w", err)
	}
	return r, nil
}

func (g GridFit) fit(ctx context.Context) (GridResult, error) {
	g.Options = g.Options.withDefaults()
	g.Options.InertiaEvery = 1 // the workers tell it with each iteration
	if g.Options.Progress == nil {
		g.Options.Progress = func(Progress) {}
	}
	var done GridResult
	found, err := readJSON(g.Files, path.Join(g.Folder(), resultFile), &done)
	if err != nil {
		return GridResult{}, err
	}
	if found {
		return done, g.removeWork()
	}
	var p plan
	if found, err = readJSON(g.Files, g.workPath(planFile), &p); err != nil {
		return GridResult{}, err
	}
	if !found {
		if p, err = g.split(ctx); err != nil {
			return GridResult{}, err
		}
	}
	e := &gridEngine{fit: g, plan: p}
	best, resumed, err := g.search(ctx, e)
	if err != nil {
		return GridResult{}, err
	}
	return g.finish(ctx, e, best, resumed)
}

// Forget removes all files of the fit, so that it begins anew.
func (g GridFit) Forget() error {
	if err := g.Files.RemoveAll(g.Folder()); err != nil {
		return fmt.Errorf("removing %q: %w", g.Folder(), err)
	}
	return nil
}

func (g GridFit) workPath(name string) string { return path.Join(g.Folder(), workFolder, name) }

// split writes the chunks and the first centres of every restart.
func (g GridFit) split(ctx context.Context) (plan, error) {
	d, err := g.Points(ctx)
	if err != nil {
		return plan{}, err
	}
	o := g.Options
	o.Parts = 1
	f := &faults{}
	f.add(checkFit(d, o))
	f.within("chunks", g.Chunks, 1, min(MaxChunks, d.Points))
	f.product("clusters*features", o.Clusters, d.Features, MaxCenterValues)
	if len(f.errs) > 0 {
		return plan{}, job.Reject(errors.Join(f.errs...)) // the same again would give the same
	}
	p := plan{
		Run: strings.ToLower(rand.Text()[:10]), Points: d.Points, Features: d.Features, Chunks: g.Chunks,
		Algorithm: o.Algorithm.choose(o.Clusters, d.Features),
	}
	if p.Variance, err = g.seedAll(ctx, d, p.Run); err != nil {
		return plan{}, err
	}
	for i := range g.Chunks {
		if ctx.Err() != nil {
			return plan{}, fmt.Errorf("writing chunk %d of %d: %w", i+1, g.Chunks, context.Cause(ctx))
		}
		chunk := d.part(i, g.Chunks)
		if err := writeMatrix(g.Files, g.workPath(pointsFile(i+1)), p.Run, chunk.Values, chunk.Features); err != nil {
			return plan{}, err
		}
	}
	return p, writeJSON(g.Files, g.workPath(planFile), p.Run, p)
}

// seedAll writes the first centres of every restart and returns the variance
// of the points.
func (g GridFit) seedAll(ctx context.Context, d Dataset, run string) (float64, error) {
	pool := newPool(g.Options.Threads)
	defer pool.close()
	w := newWhole(d, g.Options.Clusters, pool)
	variance, err := w.variance(ctx)
	if err != nil {
		return 0, err
	}
	for restart := 1; restart <= g.Options.Restarts; restart++ {
		centers, err := w.start(ctx, g.Options, restart)
		if err == nil {
			err = writeMatrix(g.Files, g.workPath(fmt.Sprintf(seedsPattern, restart)), run, centers, d.Features)
		}
		if err != nil {
			return 0, fmt.Errorf("restart %d: %w", restart, err)
		}
	}
	return variance, nil
}

// search iterates until the centres rest, from the last iteration that was
// finished.
func (g GridFit) search(ctx context.Context, e *gridEngine) (best outcome, resumed int, err error) {
	o, p := g.Options, e.plan
	o.Parts, o.Algorithm = p.Chunks, p.Algorithm
	o.Checkpoint = fileCheckpoint{g.Files, g.workPath(stateFile), p.Run}
	s := &search{
		engine: e, o: o, k: o.Clusters, features: p.Features, tolerance: o.Tolerance * p.Variance,
		mark: markOf(p.Points, p.Features, o, p.Variance), saveAlways: true,
		seed: func(_ context.Context, restart int) ([]float64, error) {
			return readMatrix(g.Files, g.workPath(fmt.Sprintf(seedsPattern, restart)), o.Clusters, p.Features)
		},
	}
	best, err = s.run(ctx)
	return best, s.resumed, err
}

// finish writes labels and centres and removes what was only for the work.
func (g GridFit) finish(ctx context.Context, e *gridEngine, best outcome, resumed int) (GridResult, error) {
	p, folder := e.plan, g.Folder()
	labels, err := e.labels(ctx, best)
	if err != nil {
		return GridResult{}, err
	}
	r := GridResult{
		Points: p.Points, Features: p.Features, Clusters: g.Options.Clusters, Chunks: p.Chunks,
		Inertia: best.inertia, Iterations: best.iterations, Converged: best.converged, Algorithm: p.Algorithm,
		Sizes: best.sizes, Labels: path.Join(folder, LabelsFile), Centers: path.Join(folder, CentersFile), Resumed: resumed,
	}
	if err := writeLabels(g.Files, r.Labels, p.Run, labels); err != nil {
		return GridResult{}, err
	}
	if err := writeMatrix(g.Files, r.Centers, p.Run, best.centers, p.Features); err != nil {
		return GridResult{}, err
	}
	if err := writeJSON(g.Files, path.Join(folder, resultFile), p.Run, r); err != nil {
		return GridResult{}, err
	}
	return r, g.removeWork()
}

func (g GridFit) removeWork() error {
	if err := g.Files.RemoveAll(path.Join(g.Folder(), workFolder)); err != nil {
		return fmt.Errorf("removing what was only for the work: %w", err)
	}
	return nil
}

// fileCheckpoint is a checkpoint in a file.
type fileCheckpoint struct {
	files      *os.Root
	name, temp string
}

func (c fileCheckpoint) Load(context.Context) ([]byte, error) {
	b, err := c.files.ReadFile(c.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

func (c fileCheckpoint) Save(_ context.Context, data []byte) error {
	return writeFile(c.files, c.name, c.temp, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

func writeJSON(files *os.Root, name, temp string, v any) error {
	return writeFile(files, name, temp, func(w io.Writer) error { return json.NewEncoder(w).Encode(v) })
}

// readJSON reads what writeJSON wrote and reports whether there is any.
func readJSON(files *os.Root, name string, into any) (found bool, err error) {
	b, err := files.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = job.DecodeStrict(b, into)
	}
	if err != nil {
		return false, fmt.Errorf("reading %q: %w", name, err)
	}
	return true, nil
}
