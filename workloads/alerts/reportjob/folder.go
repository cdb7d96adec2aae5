package reportjob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/spotgrid/spotgrid/workloads/alerts/history"
	"github.com/spotgrid/spotgrid/workloads/alerts/page"
)

// Files and folders of reports are private, as all on the volume.
const (
	filePerm   = 0o600
	folderPerm = 0o700
)

// errPath is of names that are no file or lead out of the folder.
var errPath = errors.New("not a file in the folder of files")

// folder is that of users' files, for as long as a job may run.
type folder struct {
	ctx   context.Context
	root  *os.Root
	jobID string
}

// open opens a regular file: others, such as pipes, may never end.
func (f folder) open(name string) (io.ReadCloser, error) {
	info, err := f.root.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, pathError(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("reading %q: %w", name, errPath)
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, pathError(err))
	}
	return file, nil
}

// pathError tells a name that leads out of the folder, for which os has no error
// of its own, by that it is no error of the system.
func pathError(err error) error {
	var path *os.PathError
	if errors.As(err, &path) && path.Err != nil && path.Err.Error() == "path escapes from parent" {
		return fmt.Errorf("%w: %w", errPath, err)
	}
	return err
}

func (f folder) readAlerts(name string, o history.Options, h *history.History) (history.Source, error) {
	file, err := f.open(name)
	if err != nil {
		return history.Source{}, err
	}
	defer file.Close()
	return history.Read(patient{f.ctx, file}, o, h.Add)
}

func (f folder) readIncidents(name string, o history.Options) ([]history.Incident, error) {
	file, err := f.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	list, err := history.ReadIncidents(patient{f.ctx, file}, o)
	if list == nil && err == nil {
		list = []history.Incident{}
	}
	return list, err
}

// write puts a file in place as a whole: who looks sees the one before or this.
func (f folder) write(to string, file page.File) (string, error) {
	name := path.Join(to, file.Name)
	if err := f.root.MkdirAll(to, folderPerm); err != nil {
		return "", fmt.Errorf("writing %q: %w", name, pathError(err))
	}
	// Two attempts of one job may write at a time, which is the same; two jobs
	// must not write into one file.
	part := path.Join(to, "."+file.Name+"."+f.jobID)
	if err := f.root.WriteFile(part, file.Data, filePerm); err != nil {
		return "", fmt.Errorf("writing %q: %w", name, errors.Join(pathError(err), f.root.Remove(part)))
	}
	if err := f.root.Rename(part, name); err != nil {
		return "", fmt.Errorf("writing %q: %w", name, errors.Join(err, f.root.Remove(part)))
	}
	return name, nil
}

// patient reads for as long as its context lasts.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p patient) Read(b []byte) (int, error) {
	if p.ctx.Err() != nil {
		return 0, context.Cause(p.ctx)
	}
	return p.r.Read(b)
}
