package numeric

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	mathrand "math/rand/v2"
	"os"
	"path"
	"syscall"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/npy"
)

// matrixStream keeps the numbers drawn here apart from those of other kinds
// with the same seed.
const matrixStream = 0x6d6174726978 // "matrix"

// makeMatrix draws n*n numbers from the normal distribution with mean 0 and
// standard deviation 1.
func makeMatrix(ctx context.Context, n int, seed int64) ([]float64, error) {
	rng := mathrand.New(mathrand.NewPCG(uint64(seed), matrixStream))
	values := make([]float64, n*n)
	for row := range n {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("making row %d of %d: %w", row, n, context.Cause(ctx))
		}
		for i := range n {
			values[row*n+i] = rng.NormFloat64()
		}
	}
	return values, nil
}

// readMatrix reads a square matrix. Only a file that could not be read for the
// volume's sake is worth another try.
func readMatrix(ctx context.Context, files *os.Root, name string) (values []float64, n int, err error) {
	values, n, err = readSquare(ctx, files, name)
	if err == nil {
		return values, n, nil
	}
	err = fmt.Errorf("reading matrix %q: %w", name, err)
	var failed *fs.PathError
	if ctx.Err() != nil || (errors.As(err, &failed) && !errors.Is(err, fs.ErrNotExist)) {
		return nil, 0, err
	}
	return nil, 0, job.Reject(err)
}

func readSquare(ctx context.Context, files *os.Root, name string) ([]float64, int, error) {
	// Without O_NONBLOCK a named pipe would block here for ever.
	f, err := files.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errors.New("it is not a regular file")
	}
	values, shape, err := npy.Read(reader{ctx, f}, MaxJobSide*MaxJobSide)
	if err != nil {
		return nil, 0, err
	}
	if len(shape) != 2 || shape[0] != shape[1] || shape[0] < 1 || shape[0] > MaxJobSide {
		return nil, 0, fmt.Errorf("its shape is %v, want a square matrix of 1..%d rows", shape, MaxJobSide)
	}
	return values, shape[0], nil
}

// writeMatrix makes the file hold the matrix: whoever reads it, after a crash
// too, finds the old content or the new one, whole.
func writeMatrix(ctx context.Context, files *os.Root, name string, values []float64, n int) error {
	if err := replace(ctx, files, name, values, n); err != nil {
		return fmt.Errorf("writing matrix %q: %w", name, err)
	}
	return nil
}

func replace(ctx context.Context, files *os.Root, name string, values []float64, n int) error {
	folder := path.Dir(name)
	if err := files.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	// Another attempt that lost its lease may be at the same.
	temporary := path.Join(folder, "."+path.Base(name)+"."+rand.Text()+".tmp")
	f, err := files.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer files.Remove(temporary) // fails, as it should, once renamed
	err = npy.Write(writer{ctx, f}, values, []int{n, n})
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = files.Rename(temporary, name)
	}
	if err != nil {
		return err
	}
	return syncFolder(files, folder)
}

// syncFolder makes a rename in the folder survive a power cut.
func syncFolder(files *os.Root, name string) error {
	folder, err := files.Open(name)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// reader and writer end with their context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.r.Read(b)
}

type writer struct {
	ctx context.Context
	w   io.Writer
}

func (w writer) Write(b []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	return w.w.Write(b)
}
