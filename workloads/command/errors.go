package command

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// ExitError says that the program ran and exited with a code that is not 0.
type ExitError struct {
	Program string
	Code    int
	// LastLine is the last line of stderr, shortened; may be empty.
	LastLine string
}

func (e *ExitError) Error() string {
	return withLastLine(fmt.Sprintf("program %q exited with code %d", e.Program, e.Code), e.LastLine)
}

// SignalError says that a signal ended the program, and not one that Run sent.
type SignalError struct {
	Program string
	Signal  syscall.Signal
	// LastLine is the last line of stderr, shortened; may be empty.
	LastLine string
}

func (e *SignalError) Error() string {
	return withLastLine(fmt.Sprintf("program %q was ended by %s", e.Program, unix.SignalName(e.Signal)), e.LastLine)
}

// UnrunnableError says that the program cannot be started here however often
// it is tried: program or directory missing, not executable, or too many
// bytes of arguments.
type UnrunnableError struct{ Err error }

func (e *UnrunnableError) Error() string { return e.Err.Error() }
func (e *UnrunnableError) Unwrap() error { return e.Err }

// unrunnable are the errors of a start that trying again cannot mend.
var unrunnable = []error{
	syscall.ENOENT, syscall.EACCES, syscall.EPERM, syscall.ENOEXEC, syscall.ENOTDIR, syscall.EISDIR,
	syscall.ELOOP, syscall.ENAMETOOLONG, syscall.E2BIG, syscall.EINVAL,
}

func classifyStart(err error) error {
	for _, u := range unrunnable {
		if errors.Is(err, u) {
			return &UnrunnableError{err}
		}
	}
	return err
}

func withLastLine(text, line string) string {
	if line == "" {
		return text
	}
	return text + ": " + line
}

// maxLastLine bounds the line of stderr quoted in an error, in bytes.
const maxLastLine = 200

// lastLine is the last line with something in it, shortened to maxLastLine.
func lastLine(s string) string {
	s = strings.TrimSpace(s)
	s = strings.TrimSpace(s[strings.LastIndexByte(s, '\n')+1:])
	if len(s) > maxLastLine {
		s = strings.ToValidUTF8(s[:maxLastLine], "") + "…"
	}
	return s
}
