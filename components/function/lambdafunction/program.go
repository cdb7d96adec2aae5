package lambdafunction

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"

	"github.com/spotgrid/spotgrid/components/artifact"
)

// machines are those of Linux programs for the architectures.
var machines = map[string]elf.Machine{"arm64": elf.EM_AARCH64, "amd64": elf.EM_X86_64}

// checkProgram finds a program that would not start: Lambda would say so at the
// first call only. A script starts on any machine.
func checkProgram(p artifact.Program, architecture string) error {
	f, err := os.Open(p.Path)
	if err != nil {
		return fmt.Errorf("reading program: %w", err)
	}
	defer f.Close()
	var start [2]byte
	if _, err := f.ReadAt(start[:], 0); err == nil && bytes.Equal(start[:], []byte("#!")) {
		return nil
	}
	program, err := elf.NewFile(f)
	if err != nil {
		return fmt.Errorf("program %q is not one for Linux: build it with GOOS=linux GOARCH=%s", p.Path, architecture)
	}
	if want, ok := machines[architecture]; ok && program.Machine != want {
		return fmt.Errorf("program %q is for %s, want one for %s: build it with GOOS=linux GOARCH=%s", p.Path, program.Machine, architecture, architecture)
	}
	return nil
}
