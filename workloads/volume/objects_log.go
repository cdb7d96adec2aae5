package volume

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Logs on object storage, where nothing can be appended to.
const (
	// maxLogPartBytes is the size of the objects of a log, and what a job that logs
	// holds in memory.
	maxLogPartBytes = 1 << 20
	// maxLogParts bounds what a job can have kept.
	maxLogParts = 256
	// logInterval is how often the last part of a log is written while it grows: so
	// much a reader is behind, and a worker that is killed takes along.
	logInterval = time.Minute
)

// errLogFull: the job has logged enough.
var errLogFull = fmt.Errorf("the log has %d MiB, and more is not kept on object storage", maxLogPartBytes*maxLogParts>>20)

// objectLog writes a log in parts: KEY, KEY.2, KEY.3 and so on. It has one writer.
type objectLog struct {
	o   *objects
	ctx context.Context
	key string
	// number of the part that text belongs to, from 1. isClaimed: it is this log's.
	number    int
	isClaimed bool
	text      []byte
	// isDirty: text has more than what was written at written.
	isDirty bool
	written time.Time
}

func (o *objects) createLog(ctx context.Context, key string) (io.WriteCloser, error) {
	return &objectLog{o: o, ctx: ctx, key: key, number: 1, written: o.now()}, nil
}

// Write keeps p, and writes what is due. It fails when the log is full, or when
// there is no room to keep what could not be written.
func (l *objectLog) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if l.number > maxLogParts {
			return len(p) - len(rest), errLogFull
		}
		n := min(len(rest), maxLogPartBytes-len(l.text))
		l.text, rest, l.isDirty = append(l.text, rest[:n]...), rest[n:], true
		if len(l.text) < maxLogPartBytes {
			continue
		}
		if err := l.flush(); err != nil {
			return len(p) - len(rest) - n, err
		}
		l.number, l.isClaimed, l.text = l.number+1, false, l.text[:0]
	}
	if now := l.o.now(); l.isDirty && now.Sub(l.written) >= logInterval {
		l.written = now
		_ = l.flush() // tried again in a while, and Close tells
	}
	return len(p), nil
}

// Close writes the rest.
func (l *objectLog) Close() error { return l.flush() }

// flush writes the part. The first time it takes the next number that is free:
// another worker may have logged for the same attempt.
func (l *objectLog) flush() error {
	if !l.isDirty {
		return nil
	}
	for !l.isClaimed {
		if l.number > maxLogParts {
			return errLogFull
		}
		first, err := l.o.putOnce(l.ctx, partKey(l.key, l.number), l.text)
		if err != nil {
			return err
		}
		if first {
			l.isClaimed, l.isDirty = true, false
			return nil
		}
		l.number++
	}
	if err := l.o.replace(l.ctx, partKey(l.key, l.number), l.text, isVisible); err != nil {
		return err
	}
	l.isDirty = false
	return nil
}

func partKey(key string, number int) string {
	if number == 1 {
		return key
	}
	return key + "." + strconv.Itoa(number)
}

// parts are the numbers of a log's parts, ascending. Without any the error is
// fs.ErrNotExist.
func (o *objects) parts(ctx context.Context, key string) ([]int, error) {
	var numbers []int
	for other, err := range o.list(ctx, path.Dir(key)) {
		if err != nil {
			return nil, err
		}
		rest, ok := strings.CutPrefix(other, key)
		switch n, err := strconv.Atoi(strings.TrimPrefix(rest, ".")); {
		case !ok:
		case rest == "":
			numbers = append(numbers, 1)
		case err == nil && n > 1 && n <= maxLogParts && other == partKey(key, n):
			numbers = append(numbers, n)
		}
	}
	if len(numbers) == 0 {
		return nil, &fs.PathError{Op: "open", Path: key, Err: fs.ErrNotExist}
	}
	slices.Sort(numbers)
	return numbers, nil
}

func (o *objects) openLog(ctx context.Context, key string) (io.ReadCloser, error) {
	numbers, err := o.parts(ctx, key)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(&logReader{o: o, ctx: ctx, key: key, numbers: numbers}), nil
}

// logReader reads one part after the other.
type logReader struct {
	o       *objects
	ctx     context.Context
	key     string
	numbers []int
	part    bytes.Reader
}

func (r *logReader) Read(p []byte) (int, error) {
	for r.part.Len() == 0 {
		if len(r.numbers) == 0 {
			return 0, io.EOF
		}
		data, err := r.o.get(r.ctx, partKey(r.key, r.numbers[0]))
		if err != nil {
			return 0, err
		}
		r.numbers = r.numbers[1:]
		r.part.Reset(data)
	}
	return r.part.Read(p)
}

func (o *objects) tailLog(ctx context.Context, key string, maxBytes int64) (text []byte, isCut bool, err error) {
	numbers, err := o.parts(ctx, key)
	if err != nil {
		return nil, false, err
	}
	for _, n := range slices.Backward(numbers) {
		if int64(len(text)) >= maxBytes {
			return text[int64(len(text))-maxBytes:], true, nil
		}
		data, err := o.get(ctx, partKey(key, n))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, false, err
		}
		text = append(data, text...)
	}
	start := max(0, int64(len(text))-maxBytes)
	return text[start:], start > 0, nil
}
