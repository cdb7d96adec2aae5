package command

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/workloads/command/limit"
)

// BenchmarkTrue is what a command costs beside its program's work.
func BenchmarkTrue(b *testing.B) {
	all := limit.Limits{CPUSeconds: 60, MemoryMiB: 256, FileMiB: 1, Processes: 20, OpenFiles: 50}
	for name, c := range map[string]struct {
		limits limit.Limits
		o      Options
	}{
		"plain":         {},
		"limits":        {limits: all},
		"cgroup":        {o: Options{Cgroup: cgroupIfAny()}},
		"limits+cgroup": {limits: all, o: Options{Cgroup: cgroupIfAny()}},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := Run(b.Context(), Spec{Argv: []string{"true"}, Limits: c.limits}, c.o)
				require.NoError(b, err)
			}
		})
	}
}
