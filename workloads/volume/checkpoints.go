package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
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
		err = v.store.replace(v.ctx, checkpointKey(id), data, isDurable)
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
		data, err = v.store.get(v.ctx, checkpointKey(id))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("loading checkpoint of job %q: %w", id, err)
	}
	return data, nil
}

// DropCheckpoint removes a job's checkpoint. It is nil if there is none.
func (v *Volume) DropCheckpoint(id string) error {
	err := checkID("job id", id)
	if err == nil {
		err = v.store.remove(v.ctx, checkpointKey(id))
	}
	if err != nil {
		return fmt.Errorf("dropping checkpoint of job %q: %w", id, err)
	}
	return nil
}

func checkpointKey(id string) string { return path.Join(checkpointsFolder, shard(id), id) }
