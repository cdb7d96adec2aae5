package volume

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// maxTailBytes bounds how much of a log TailLog reads.
const maxTailBytes = 1 << 20

// LogPath is where an attempt's log lies, relative to the volume.
func LogPath(id string, number int) string {
	return path.Join(logsOf(id), strconv.Itoa(number)+".log")
}

// logsOf is the folder of a job's logs.
func logsOf(id string) string { return path.Join(logsFolder, shard(id), id) }

// CreateLog makes the log of an attempt, or opens it for appending. Close tells
// whether the last of it was written. A log may lose its last lines with its
// machine.
func (v *Volume) CreateLog(id string, number int) (io.WriteCloser, error) {
	err := errors.Join(checkID("job id", id), checkNumber(number))
	var log io.WriteCloser
	if err == nil {
		log, err = v.store.createLog(v.ctx, LogPath(id, number))
	}
	if err != nil {
		return nil, fmt.Errorf("making log %d of job %q: %w", number, id, err)
	}
	return log, nil
}

// OpenLog opens the log of an attempt for reading. Without one the error is
// fs.ErrNotExist.
func (v *Volume) OpenLog(id string, number int) (io.ReadCloser, error) {
	err := errors.Join(checkID("job id", id), checkNumber(number))
	var log io.ReadCloser
	if err == nil {
		log, err = v.store.openLog(v.ctx, LogPath(id, number))
	}
	if err != nil {
		return nil, fmt.Errorf("opening log %d of job %q: %w", number, id, err)
	}
	return log, nil
}

// Logs lists the numbers of a job's attempts that have a log, ascending.
func (v *Volume) Logs(id string) ([]int, error) {
	if err := checkID("job id", id); err != nil {
		return nil, err
	}
	numbers, err := v.numbers(logsOf(id), ".log")
	if err != nil {
		return nil, fmt.Errorf("listing logs of job %q: %w", id, err)
	}
	slices.Sort(numbers)
	return numbers, nil
}

// TailLog reads the last lines of an attempt's log, at most maxLines of them
// and at most those in its last MiB.
func (v *Volume) TailLog(id string, number, maxLines int) ([]string, error) {
	err := errors.Join(checkID("job id", id), checkNumber(number))
	var text []byte
	var isCut bool
	if err == nil {
		text, isCut, err = v.store.tailLog(v.ctx, LogPath(id, number), maxTailBytes)
	}
	if err != nil {
		return nil, fmt.Errorf("reading log %d of job %q: %w", number, id, err)
	}
	if len(text) == 0 {
		return nil, nil
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if isCut && len(lines) > 1 {
		lines = lines[1:] // its start is missing
	}
	return lines[max(0, len(lines)-maxLines):], nil
}
