package ociimage

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
)

// machines are the platforms by what programs for them say.
var machines = map[string]elf.Machine{"linux/amd64": elf.EM_X86_64, "linux/arm64": elf.EM_AARCH64}

// checkRuns reports a program that the image's platform could not start: one
// for another machine, or one that wants a loader or an interpreter, which the
// image does not have.
func checkRuns(program []byte, platform string) error {
	if err := CheckPlatform(platform); err != nil {
		return fmt.Errorf("platform: %w", err)
	}
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return fmt.Errorf("it is no program for %s: %w", platform, err)
	}
	var faults []error
	if f.Machine != machines[platform] {
		faults = append(faults, fmt.Errorf("it is a program for %s, want one for %s", f.Machine, platform))
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			faults = append(faults, errors.New("it needs the system's libraries, want one that needs none: build it with CGO_ENABLED=0"))
		}
	}
	return errors.Join(faults...)
}
