package history

import (
	"bytes"
	"encoding/json"
	"slices"
)

// position of a byte in an input; both count from 1.
type position struct{ line, column int }

// within is the position of a byte of a value that begins at p.
func (p position) within(raw []byte, offset int) position {
	before := raw[:min(max(offset-1, 0), len(raw))]
	if n := bytes.Count(before, []byte("\n")); n > 0 {
		return position{p.line + n, len(before) - bytes.LastIndexByte(before, '\n')}
	}
	return position{p.line, p.column + len(before)}
}

// tracker knows the lines of what was read lately, and bounds a single record.
type tracker struct {
	r      recordGuard
	offset int64
	// Newlines at or after the last value begun, and what stands before them.
	newlines  []int64
	lines     int   // newlines that were let go
	lineStart int64 // offset after the last of these
}

func (t *tracker) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	for i, c := range b[:n] {
		if c == '\n' {
			t.newlines = append(t.newlines, t.offset+int64(i))
		}
	}
	t.offset += int64(n)
	return n, err
}

// position is that of an offset that was not let go.
func (t *tracker) position(offset int64) position {
	n, _ := slices.BinarySearch(t.newlines, offset)
	start := t.lineStart
	if n > 0 {
		start = t.newlines[n-1] + 1
	}
	return position{t.lines + n + 1, int(offset-start) + 1}
}

// forget lets go of what stands before offset and gives the next record its
// share of memory.
func (t *tracker) forget(offset int64) {
	t.r.left = MaxRecordBytes
	n, _ := slices.BinarySearch(t.newlines, offset)
	if n == 0 {
		return
	}
	t.lines += n
	t.lineStart = t.newlines[n-1] + 1
	t.newlines = append(t.newlines[:0], t.newlines[n:]...)
}

// values reads JSON values with their positions.
type values struct {
	*json.Decoder
	track *tracker
}

// next reads a whole value.
func (v *values) next() (json.RawMessage, position, error) {
	v.track.forget(v.InputOffset())
	var raw json.RawMessage
	if err := v.Decode(&raw); err != nil {
		return nil, position{}, err
	}
	return raw, v.track.position(v.InputOffset() - int64(len(raw))), nil
}
