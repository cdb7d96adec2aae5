package kmeans

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/npy"
)

// ReadPoints reads points from a file, by the end of its name: .csv as
// ReadCSV does, .npy as a matrix with a point in each row, or a vector of
// points with one feature. It refuses more than maxValues numbers, and numbers
// that are not finite.
func ReadPoints(name string, r io.Reader, maxValues int) (Dataset, error) {
	var d Dataset
	var err error
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		d, err = ReadCSV(r, maxValues)
	case ".npy":
		d, err = readNPY(r, maxValues)
	default:
		err = errors.New("want a name that ends in .csv or .npy")
	}
	if err != nil {
		return Dataset{}, fmt.Errorf("points in %q: %w", name, err)
	}
	return d, nil
}

func readNPY(r io.Reader, maxValues int) (Dataset, error) {
	values, shape, err := npy.Read(bufio.NewReaderSize(r, 1<<16), maxValues)
	if err != nil {
		return Dataset{}, err
	}
	if len(shape) == 1 {
		shape = append(shape, 1)
	}
	if len(shape) != 2 || len(values) == 0 {
		return Dataset{}, fmt.Errorf("its shape is %v, want points and features, at least one of each", shape)
	}
	d := Dataset{Points: shape[0], Features: shape[1], Values: values}
	for i, v := range values {
		if isNotFinite(v) {
			return Dataset{}, fmt.Errorf("row %d, column %d is %v, want finite numbers", i/d.Features+1, i%d.Features+1, v)
		}
	}
	return d, nil
}

// readFile reads points from a file in a folder.
func readFile(files *os.Root, name string, maxValues int) (Dataset, error) {
	f, err := files.Open(name)
	if err != nil {
		return Dataset{}, fmt.Errorf("points in %q: %w", name, err)
	}
	defer f.Close()
	return ReadPoints(name, f, maxValues)
}

// writeFile makes a file durably and as a whole, in place of another. Folders
// are made as needed. Two that write one file at a time must write the same.
func writeFile(files *os.Root, name, temp string, write func(io.Writer) error) error {
	if err := replaceFile(files, name, temp, write); err != nil {
		return fmt.Errorf("writing %q: %w", name, err)
	}
	return nil
}

func replaceFile(files *os.Root, name, temp string, write func(io.Writer) error) error {
	folder := path.Dir(name)
	if err := makeFolder(files, folder); err != nil {
		return err
	}
	temp = path.Join(folder, "."+path.Base(name)+"."+temp+".tmp")
	f, err := files.OpenFile(temp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer files.Remove(temp) // fails, as it should, once renamed
	buffered := bufio.NewWriterSize(f, 1<<16)
	err = write(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = files.Rename(temp, name)
	}
	if err != nil {
		return err
	}
	return syncFolder(files, folder)
}

// makeFolder makes a folder and those above it, durably, unless it is there.
func makeFolder(files *os.Root, folder string) error {
	if _, err := files.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := files.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for folder != "." {
		folder = path.Dir(folder)
		if err := syncFolder(files, folder); err != nil {
			return err
		}
	}
	return nil
}

// syncFolder makes the names in a folder survive a power cut.
func syncFolder(files *os.Root, folder string) error {
	d, err := files.Open(folder)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// checkPath: a path below a folder, as fs.ValidPath has it.
func checkPath(what, name string) error {
	if !fs.ValidPath(name) || name == "." {
		return fmt.Errorf("%s is %q, want a path below the grid's files, with no . or .. in it and no / at its ends", what, name)
	}
	return nil
}

// Names of the files that an output folder gets.
const (
	LabelsFile  = "labels.npy"
	CentersFile = "centers.npy"
)

// writeMatrix writes rows of equal width as an array of float64.
func writeMatrix(files *os.Root, name, temp string, values []float64, width int) error {
	return writeFile(files, name, temp, func(w io.Writer) error { return npy.Write(w, values, []int{len(values) / width, width}) })
}

// writeLabels writes clusters as a vector of int32.
func writeLabels(files *os.Root, name, temp string, labels []int32) error {
	return writeFile(files, name, temp, func(w io.Writer) error { return npy.Write(w, labels, []int{len(labels)}) })
}
