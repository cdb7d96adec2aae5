package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// drainTime is how long output is still read after the group was killed: what
// lies in the pipe takes milliseconds, and only a process that left the group
// can hold the pipe open longer.
const drainTime = 2 * time.Second

// output is one stream of a program: a pipe that is always drained, of which
// the first bytes are kept and all are passed on.
type output struct {
	name      string
	read      *os.File
	write     *os.File
	stream    io.Writer
	limit     int
	kept      []byte
	truncated bool
	streamErr error
	done      chan struct{}
}

func newOutput(name string, limit int, stream io.Writer) (*output, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("opening a pipe for %s: %w", name, err)
	}
	return &output{name: name, read: r, write: w, stream: stream, limit: limit, done: make(chan struct{})}, nil
}

// drain reads until every writer has closed the pipe or finish gives up.
func (o *output) drain() {
	defer close(o.done)
	if _, err := io.Copy(o, o.read); err != nil {
		o.truncated = true
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			o.streamErr = errors.Join(o.streamErr, err)
		}
	}
}

// Write keeps and passes on what was read. It never fails, as the program must
// not be held up by a full log.
func (o *output) Write(p []byte) (int, error) {
	if room := o.limit - len(o.kept); len(p) > room {
		o.kept = append(o.kept, p[:room]...)
		o.truncated = true
	} else {
		o.kept = append(o.kept, p...)
	}
	if o.stream != nil && o.streamErr == nil {
		_, o.streamErr = o.stream.Write(p)
	}
	return len(p), nil
}

// finish waits for the rest of the output, until the deadline.
func (o *output) finish(deadline time.Time) (warning string) {
	_ = o.read.SetReadDeadline(deadline) // pipes can have one
	<-o.done
	o.closeRead()
	if o.streamErr != nil {
		return fmt.Sprintf("streaming %s: %v", o.name, o.streamErr)
	}
	return ""
}

func (o *output) closeRead()  { _ = o.read.Close() }
func (o *output) closeWrite() { _ = o.write.Close() }
