package volume

import (
	"fmt"
	"iter"
)

// WriteDead keeps the record of a job that was given up, durably. Record.Job
// should hold its envelope. A job that dies again replaces its record.
func (v *Volume) WriteDead(r Record) error {
	data, err := encodeRecord(r)
	if err == nil {
		err = v.store.replace(v.ctx, recordKey(deadFolder, r.JobID), data, isDurable)
	}
	if err != nil {
		return fmt.Errorf("writing dead job %q: %w", r.JobID, err)
	}
	return nil
}

// Dead reads the record of a job that was given up. Without one the error is
// fs.ErrNotExist.
func (v *Volume) Dead(id string) (Record, error) {
	r, err := v.record(deadFolder, id)
	if err != nil {
		return Record{}, fmt.Errorf("reading dead job %q: %w", id, err)
	}
	return r, nil
}

// DeadJobs yields the records of all jobs that were given up, in no order. A
// broken file is yielded as an error that names it, and the others follow.
func (v *Volume) DeadJobs() iter.Seq2[Record, error] { return v.records(deadFolder) }

// RemoveDead forgets that a job was given up, as when it is sent again. It is
// nil if the job was not dead.
func (v *Volume) RemoveDead(id string) error {
	if err := checkID("job id", id); err != nil {
		return err
	}
	if err := v.store.remove(v.ctx, recordKey(deadFolder, id)); err != nil {
		return fmt.Errorf("removing dead job %q: %w", id, err)
	}
	return nil
}
