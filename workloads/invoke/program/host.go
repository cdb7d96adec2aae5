package program

import (
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/lambda"
)

// memoryMiB is what the program is told that it has: a function's default.
const memoryMiB = 128

// host is what the function needs around it.
type host struct {
	program, address, log string
}

var _ lambda.Host = (*host)(nil)

// FunctionProgram implements lambda.Host.
func (h *host) FunctionProgram(api.Function) string { return h.program }

// FunctionEnvironment implements lambda.Host, with the names that Lambda sets,
// and of this machine's only what every program needs. Source:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func (h *host) FunctionEnvironment(f api.Function, runtimePath string) []string {
	env := []string{
		"AWS_LAMBDA_RUNTIME_API=" + h.address + runtimePath,
		"AWS_LAMBDA_FUNCTION_NAME=" + f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(f.MemoryMiB),
		"AWS_LAMBDA_LOG_GROUP_NAME=/spotgrid/" + f.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"_HANDLER=bootstrap",
	}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LANG", "TZ"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// FunctionLog implements lambda.Host.
func (h *host) FunctionLog(api.Function) string { return h.log }

// Changed implements lambda.Host. Close ends what runs; nobody else asks.
func (h *host) Changed() {}

// logPipe is a file to programs and hands on what they write at once.
type logPipe struct {
	write *os.File
	done  chan error
}

func newLogPipe(to io.Writer) (*logPipe, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p := &logPipe{write: write, done: make(chan error, 1)}
	go func() {
		_, err := io.Copy(to, read)
		read.Close()
		p.done <- err
	}()
	return p, nil
}

// path opens the pipe's end to write to once more, on Linux and macOS.
func (p *logPipe) path() string { return fmt.Sprintf("/dev/fd/%d", p.write.Fd()) }

// close waits until what was written is handed on.
func (p *logPipe) close() error {
	err := p.write.Close()
	if copied := <-p.done; err == nil {
		err = copied
	}
	return err
}
