package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// MaxCheckpointBytes is the largest checkpoint: what a machine that has two
// minutes left can still write to a busy share.
const MaxCheckpointBytes = 256 << 20

// SaveCheckpoint keeps what a job can go on from, durably, in place of what was
// kept: 0..MaxCheckpointBytes bytes.
func (v *Volume) SaveCheckpoint(id string, data []byte) error {
	err := checkID("job id", id)
	if len(data) > MaxCheckpointBytes {
		err = errors.Join(err, fmt.Errorf("it has %d bytes, want at most %d", len(data), MaxCheckpointBytes))
	}
	if err == nil {
		err = v.inFolder(func(folder string) error {
			return v.replace(folder, id, data, true)
		}, checkpointsFolder, shard(id))
	}
	if err != nil {
		return fmt.Errorf("saving checkpoint of job %q: %w", id, err)
	}
	return nil
}

// LoadCheckpoint reads what SaveCheckpoint kept last; nil if nothing.
func (v *Volume) LoadCheckpoint(id string) ([]byte, error) {
	err := checkID("job id", id)
	var data []byte
	if err == nil {
		data, err = os.ReadFile(v.checkpoint(id))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("loading checkpoint of job %q: %w", id, classify(err))
	}
	return data, nil
}

// DropCheckpoint removes a job's checkpoint. It is nil if there is none.
func (v *Volume) DropCheckpoint(id string) error {
	err := checkID("job id", id)
	if err == nil {
		err = os.Remove(v.checkpoint(id))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("dropping checkpoint of job %q: %w", id, classify(err))
	}
	return nil
}

func (v *Volume) checkpoint(id string) string {
	return filepath.Join(v.root, checkpointsFolder, shard(id), id)
}
