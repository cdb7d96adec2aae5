package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/kmeans"
)

func kmeansCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use: "kmeans", Short: "Group points into clusters, on many workers",
		Long: `Group points into clusters: k-means++ and Lloyd's iterations. 'fit' has the
workers of a grid share one fit; 'speedup' tells how many of them pay. Many fits
of one machine's size each are jobs: spotgrid submit --kind kmeans.`,
		Example: "  spotgrid kmeans fit points.csv --clusters 64 --chunks 8\n  spotgrid kmeans speedup points.csv --clusters 64",
		Args:    args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(kmeansFitCommand(g), kmeansSpeedupCommand(g))
	return cmd
}

// fitFlags are the options of a fit.
type fitFlags struct {
	options   kmeans.Options
	algorithm string
}

func (f *fitFlags) add(cmd *cobra.Command) {
	o, flags := &f.options, cmd.Flags()
	flags.IntVar(&o.Clusters, "clusters", 3, "how many clusters to find")
	flags.Int64Var(&o.Seed, "seed", 1, "seed of the first centres")
	flags.IntVar(&o.Restarts, "n-init", 1, "how often to begin anew; the best is kept")
	flags.IntVar(&o.MaxIterations, "max-iterations", kmeans.DefaultMaxIterations, "the most iterations")
	flags.Float64Var(&o.Tolerance, "tolerance", kmeans.DefaultTolerance, "end when the centres' squared moves add up to this part of the features' mean variance")
	flags.StringVar(&f.algorithm, "algorithm", string(kmeans.Auto), "auto, lloyd, hamerly or yinyang: all give the same")
}

// get are the options that the flags give, checked against the limits of a
// job, which are the same.
func (f *fitFlags) get() (kmeans.Options, error) {
	o := f.options
	o.Algorithm = kmeans.Algorithm(f.algorithm)
	p := kmeans.DefaultPayload()
	p.File = "points.csv" // that of the command is read by the command
	p.Clusters, p.Seed, p.MaxIterations, p.Tolerance, p.Algorithm = o.Clusters, o.Seed, o.MaxIterations, o.Tolerance, o.Algorithm
	err := p.Check()
	if o.Restarts < 1 || o.Restarts > kmeans.MaxRestarts {
		err = errors.Join(err, fmt.Errorf("n-init is %d, want 1..%d", o.Restarts, kmeans.MaxRestarts))
	}
	if err != nil {
		return o, usageError{err}
	}
	return o, nil
}

// readPoints reads points from a file of this machine.
func readPoints(name string) (kmeans.Dataset, error) {
	f, err := os.Open(name)
	if err != nil {
		return kmeans.Dataset{}, usageError{fmt.Errorf("reading points: %w", err)}
	}
	defer f.Close()
	d, err := kmeans.ReadPoints(name, f, kmeans.MaxValues)
	if err != nil {
		return kmeans.Dataset{}, usageError{err}
	}
	return d, nil
}

// pointsID names a file as it is now.
func pointsID(name string) (string, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", usageError{fmt.Errorf("reading points: %w", err)}
	}
	return fmt.Sprintf("%s, %d bytes of %d", path, info.Size(), info.ModTime().UnixNano()), nil
}

// fileFit is a fit of a file's points on an open grid. Who calls it closes
// Files.
func fileFit(ctx context.Context, open *session, problems io.Writer, name string, o kmeans.Options, chunks int) (kmeans.GridFit, error) {
	id, err := pointsID(name)
	if err != nil {
		return kmeans.GridFit{}, err
	}
	files, err := open.volume.Files()
	if err != nil {
		return kmeans.GridFit{}, err
	}
	return kmeans.GridFit{
		Grid: kmeansGrid(ctx, open, problems), Files: files, PointsID: id, Chunks: chunks, Options: o,
		Points: func(context.Context) (kmeans.Dataset, error) { return readPoints(name) },
	}, nil
}

// ofGrid says what to do about an error of a fit on the grid.
func ofGrid(open *session, err error) error {
	if err == nil || job.IsRejected(err) || errors.As(err, new(usageError)) {
		return err
	}
	return hint(open.grid, err)
}
