package volume

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// maxTailBytes bounds how much of a log TailLog reads.
const maxTailBytes = 1 << 20

// LogPath is where an attempt's log lies, relative to the volume.
func LogPath(id string, number int) string {
	return filepath.Join(logsFolder, shard(id), id, strconv.Itoa(number)+".log")
}

// CreateLog makes the log of an attempt, or opens it for appending. It is not
// synced: a log may lose its last lines with its machine.
func (v *Volume) CreateLog(id string, number int) (*os.File, error) {
	err := errors.Join(checkID("job id", id), checkNumber(number))
	var f *os.File
	if err == nil {
		err = v.inFolder(func(folder string) (err error) {
			f, err = os.OpenFile(filepath.Join(folder, strconv.Itoa(number)+".log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, fileMode)
			return err
		}, logsFolder, shard(id), id)
	}
	if err != nil {
		return nil, fmt.Errorf("making log %d of job %q: %w", number, id, err)
	}
	return f, nil
}

// OpenLog opens the log of an attempt for reading. Without one the error is
// fs.ErrNotExist.
func (v *Volume) OpenLog(id string, number int) (*os.File, error) {
	err := errors.Join(checkID("job id", id), checkNumber(number))
	var f *os.File
	if err == nil {
		f, err = os.Open(filepath.Join(v.root, LogPath(id, number)))
	}
	if err != nil {
		return nil, fmt.Errorf("opening log %d of job %q: %w", number, id, err)
	}
	return f, nil
}

// Logs lists the numbers of a job's attempts that have a log, ascending.
func (v *Volume) Logs(id string) ([]int, error) {
	if err := checkID("job id", id); err != nil {
		return nil, err
	}
	numbers, err := v.numbers(filepath.Join(logsFolder, shard(id), id), ".log")
	if err != nil {
		return nil, fmt.Errorf("listing logs of job %q: %w", id, err)
	}
	slices.Sort(numbers)
	return numbers, nil
}

// TailLog reads the last lines of an attempt's log, at most maxLines of them
// and at most those in its last MiB.
func (v *Volume) TailLog(id string, number, maxLines int) ([]string, error) {
	f, err := v.OpenLog(id, number)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, cut, err := tail(f)
	if err != nil {
		return nil, fmt.Errorf("reading log %d of job %q: %w", number, id, err)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if cut && len(lines) > 1 {
		lines = lines[1:] // its start is missing
	}
	if text == "" {
		lines = nil
	}
	return lines[max(0, len(lines)-maxLines):], nil
}

// tail reads the end of a file and reports whether more precedes it.
func tail(f *os.File) (string, bool, error) {
	info, err := f.Stat()
	if err != nil {
		return "", false, err
	}
	start := max(0, info.Size()-maxTailBytes)
	text, err := io.ReadAll(io.NewSectionReader(f, start, maxTailBytes))
	return string(text), start > 0, err
}
