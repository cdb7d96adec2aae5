package volume

import (
	"context"
	"io"
	"os"
	"path"
	"path/filepath"
)

// createLog appends to a file and does not sync: a log may lose its last lines
// with its machine.
func (f *folder) createLog(_ context.Context, key string) (log io.WriteCloser, err error) {
	err = f.inFolder(path.Dir(key), func(dir string) error {
		file, err := os.OpenFile(filepath.Join(dir, path.Base(key)), os.O_WRONLY|os.O_CREATE|os.O_APPEND, fileMode)
		log = file
		return err
	})
	if err != nil {
		return nil, err
	}
	return log, nil
}

func (f *folder) openLog(ctx context.Context, key string) (io.ReadCloser, error) {
	return f.open(ctx, key)
}

func (f *folder) tailLog(_ context.Context, key string, maxBytes int64) (text []byte, isCut bool, err error) {
	file, err := os.Open(f.path(key))
	if err != nil {
		return nil, false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, false, err
	}
	start := max(0, info.Size()-maxBytes)
	text, err = io.ReadAll(io.NewSectionReader(file, start, maxBytes))
	return text, start > 0, err
}
