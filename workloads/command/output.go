package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// drainTime is how long output is still read after the program and all it left
// were killed: what lies in the pipe takes milliseconds, and only a process
// that could not be killed can hold the pipe open longer.
const drainTime = 2 * time.Second

// output is one stream of a program: a pipe that is always drained, of which
// the first and the last bytes are kept and all are passed on, both without
// secrets.
type output struct {
	name      string
	read      *os.File
	write     *os.File
	stream    io.Writer
	redact    *redactor
	kept      ends
	written   int64 // by the program
	cut       bool  // it may have written more than was read
	streamErr error
	done      chan struct{}
}

func newOutput(name string, limit int, stream io.Writer, secrets map[string]string) (*output, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("opening a pipe for %s: %w", name, err)
	}
	return &output{
		name: name, read: r, write: w, stream: stream, redact: newRedactor(secrets), kept: newEnds(limit), done: make(chan struct{}),
	}, nil
}

// newOutputs makes stdout and stderr, or neither.
func newOutputs(limit int, stream io.Writer, secrets map[string]string) (outs [2]*output, err error) {
	for i, name := range []string{"stdout", "stderr"} {
		if outs[i], err = newOutput(name, limit, stream, secrets); err != nil {
			break
		}
	}
	if err != nil && outs[0] != nil {
		outs[0].abandon()
	}
	return outs, err
}

// drain reads until every writer has closed the pipe or finish gives up.
func (o *output) drain() {
	defer close(o.done)
	if _, err := io.Copy(o, o.read); err != nil {
		o.cut = true
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			o.streamErr = errors.Join(o.streamErr, err)
		}
	}
	o.show(o.redact.rest())
}

// Write keeps and passes on what was read. It never fails, as the program must
// not be held up by a full log.
func (o *output) Write(p []byte) (int, error) {
	o.written += int64(len(p))
	o.show(o.redact.next(p))
	return len(p), nil
}

func (o *output) show(p []byte) {
	if len(p) == 0 {
		return
	}
	o.kept.add(p)
	if o.stream != nil && o.streamErr == nil {
		_, o.streamErr = o.stream.Write(p)
	}
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

// abandon closes an output that was never drained.
func (o *output) abandon() {
	o.closeWrite()
	o.closeRead()
}

func (o *output) closeRead()  { _ = o.read.Close() }
func (o *output) closeWrite() { _ = o.write.Close() }
