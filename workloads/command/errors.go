package command

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/spotgrid/spotgrid/workloads/command/limit"
)

// ExitError says that the program ran and exited with a code that is not 0.
type ExitError struct {
	Program string
	Code    int
	// LastLine is the last line of stderr, shortened; may be empty.
	LastLine string
	// InForce are the limits, one of which may be why.
	InForce []limit.Held
}

func (e *ExitError) Error() string {
	return sentence(fmt.Sprintf("program %q exited with code %d", e.Program, e.Code), e.InForce, e.LastLine)
}

// SignalError says that a signal ended the program, and not one that Run sent.
type SignalError struct {
	Program string
	Signal  syscall.Signal
	// LastLine is the last line of stderr, shortened; may be empty.
	LastLine string
	// InForce are the limits, one of which may be why.
	InForce []limit.Held
}

func (e *SignalError) Error() string {
	return sentence(fmt.Sprintf("program %q was ended by %s", e.Program, unix.SignalName(e.Signal)), e.InForce, e.LastLine)
}

// LimitError says that the program met a limit of its job and did not succeed.
// The same job meets it again, so that trying again does not help.
type LimitError struct {
	Program string
	Met     []limit.Held
	// LastLine is the last line of stderr, shortened; may be empty.
	LastLine string
}

func (e *LimitError) Error() string {
	return sentence(fmt.Sprintf("program %q met the limit %s", e.Program, list(e.Met)), nil, e.LastLine)
}

// UnrunnableError says that the program cannot be started here however often
// it is tried: program or directory missing, not executable, too many bytes of
// arguments, no such secret, or no files where files are needed.
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

func sentence(text string, inForce []limit.Held, line string) string {
	if len(inForce) > 0 {
		text += ", with these limits in force: " + list(inForce)
	}
	if line != "" {
		text += ": " + line
	}
	return text
}

func list(limits []limit.Held) string {
	texts := make([]string, len(limits))
	for i, h := range limits {
		texts[i] = h.String()
	}
	return strings.Join(texts, ", ")
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
