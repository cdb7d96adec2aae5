package lambdafunction

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/artifact"
)

// program makes a file of the content.
func program(t *testing.T, content []byte) artifact.Program {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	p, err := artifact.Open(path)
	require.NoError(t, err)
	return p
}

// linux is the start of a program for Linux on a machine.
func linux(t *testing.T, m elf.Machine) artifact.Program {
	t.Helper()
	h := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(m), Version: uint32(elf.EV_CURRENT), Ehsize: 64}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB)
	h.Ident[elf.EI_VERSION] = byte(elf.EV_CURRENT)
	var b bytes.Buffer
	require.NoError(t, binary.Write(&b, binary.LittleEndian, h))
	return program(t, b.Bytes())
}

func TestAProgramThatWouldNotStartIsRefused(t *testing.T) {
	t.Parallel()
	arm, amd := linux(t, elf.EM_AARCH64), linux(t, elf.EM_X86_64)
	assert.NoError(t, checkProgram(arm, "arm64"))
	assert.NoError(t, checkProgram(amd, "amd64"))
	assert.NoError(t, checkProgram(program(t, []byte("#!/bin/sh\n")), "arm64"), "a script is of no machine")
	assert.ErrorContains(t, checkProgram(arm, "amd64"), "is for EM_AARCH64, want one for amd64: build it with GOOS=linux GOARCH=amd64")
	assert.ErrorContains(t, checkProgram(amd, "arm64"), "is for EM_X86_64, want one for arm64")
	for _, other := range []string{"", "#", "\xcf\xfa\xed\xfe of a Mac"} {
		assert.ErrorContains(t, checkProgram(program(t, []byte(other)), "arm64"), "is not one for Linux", other)
	}
	assert.ErrorIs(t, checkProgram(artifact.Program{Path: filepath.Join(t.TempDir(), "missing")}, "arm64"), os.ErrNotExist)
}

func TestAccountOf(t *testing.T) {
	t.Parallel()
	got, err := accountOf("arn:aws:lambda:eu-west-1:123456789012:function:quote")
	assert.NoError(t, err)
	assert.Equal(t, "123456789012", got)
	for _, arn := range []string{"", "quote", "arn:aws:s3:::bucket"} {
		_, err := accountOf(arn)
		assert.ErrorContains(t, err, "reading ARN", arn)
	}
}
