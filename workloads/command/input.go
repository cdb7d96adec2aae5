package command

import (
	"fmt"
	"io"
	"os"

	"github.com/spotgrid/spotgrid/workloads/command/filetree"
)

// input is what a program reads: a file, or bytes by way of a pipe.
type input struct {
	read  *os.File // for the program
	write *os.File // nil for a file
	bytes []byte
	taken chan int64
}

// openInput opens what the spec names, or nothing at all.
func openInput(spec Spec, files *os.Root) (*input, error) {
	in := &input{bytes: spec.StdinBase64}
	if spec.Stdin != "" {
		in.bytes = []byte(spec.Stdin)
	}
	var err error
	switch {
	case spec.StdinFile != "":
		if in.read, _, err = filetree.OpenFile(files, spec.StdinFile); err != nil {
			return nil, classifyCopy(fmt.Errorf("opening stdin_file: %w", err))
		}
	case len(in.bytes) > 0:
		if in.read, in.write, err = os.Pipe(); err != nil {
			return nil, fmt.Errorf("opening a pipe for stdin: %w", err)
		}
		in.taken = make(chan int64, 1)
	default:
		if in.read, err = os.Open(os.DevNull); err != nil {
			return nil, fmt.Errorf("opening an empty stdin: %w", err)
		}
	}
	return in, nil
}

// feed hands the bytes over, once the program's side has been given away. A
// program need not read its input.
func (in *input) feed() {
	if in.write == nil {
		return
	}
	_ = in.read.Close()
	go func() {
		n, _ := in.write.Write(in.bytes)
		_ = in.write.Close()
		in.taken <- int64(n)
	}()
}

// finish returns how many bytes were taken, after the program's end.
func (in *input) finish() int64 {
	if in.write != nil {
		_ = in.write.Close() // or whoever still holds the pipe would hold up the end
		return <-in.taken
	}
	defer in.read.Close()
	// The program read by the same open file, which knows how far it came.
	n, err := in.read.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0
	}
	return n
}

func (in *input) abandon() {
	_ = in.read.Close()
	if in.write != nil {
		_ = in.write.Close()
	}
}
