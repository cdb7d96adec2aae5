package history

import (
	"errors"
	"fmt"
	"strings"
)

const (
	// shownFaults is how many faults an error lists.
	shownFaults = 20
	// maxFaults ends the reading of what is not what it seems.
	maxFaults = 1000
)

// Fault is one thing wrong with an input.
type Fault struct {
	// Line and Column count from 1, Column in bytes; 0: not known.
	Line, Column int
	Text         string
}

func (f Fault) String() string {
	switch {
	case f.Line == 0:
		return f.Text
	case f.Column == 0:
		return fmt.Sprintf("line %d: %s", f.Line, f.Text)
	}
	return fmt.Sprintf("line %d, column %d: %s", f.Line, f.Column, f.Text)
}

// InputError lists the faults of an input.
type InputError struct {
	// Name of the input, such as a file's.
	Name string
	// Faults are the first ones.
	Faults []Fault
	// Count of all that were found; reading ends at a thousand.
	Count int
}

func (e *InputError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "reading %q: ", e.Name)
	if e.Count == 1 {
		return b.String() + e.Faults[0].String()
	}
	fmt.Fprintf(&b, "%d faults:", e.Count)
	for _, f := range e.Faults {
		b.WriteString("\n" + f.String())
	}
	if more := e.Count - len(e.Faults); more > 0 {
		fmt.Fprintf(&b, "\nand %d more", more)
	}
	return b.String()
}

// IsInput reports whether err says what is wrong with an input, so that reading
// it again cannot help.
func IsInput(err error) bool {
	var e *InputError
	return errors.As(err, &e)
}

// faults collects.
type faults struct {
	list  []Fault
	count int
}

func (f *faults) add(line, column int, format string, args ...any) {
	f.count++
	if len(f.list) < shownFaults {
		f.list = append(f.list, Fault{line, column, fmt.Sprintf(format, args...)})
	}
}

func (f *faults) full() bool { return f.count >= maxFaults }

// err is nil if there are none.
func (f *faults) err(name string) error {
	if f.count == 0 {
		return nil
	}
	return &InputError{Name: name, Faults: f.list, Count: f.count}
}

// quoted shows a value from outside, cut short.
func quoted(s string) string {
	const most = 60
	if len(s) > most {
		s = s[:most] + "…"
	}
	return fmt.Sprintf("%q", s)
}
