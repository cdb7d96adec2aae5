package supervisor

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"github.com/spotgrid/spotgrid/workloads/command/cgroup"
	"github.com/spotgrid/spotgrid/workloads/command/limit"
)

// ticksPerSecond is the unit of CPU times below /proc: USER_HZ, which is 100 on
// every architecture that Go has. Source: time(7).
const ticksPerSecond = 100

// watch are the limits over all of a program's processes that nothing in the
// kernel holds here. Zero: none.
type watch struct {
	cpuSeconds  float64
	memoryBytes int64
	processes   int
}

func (w watch) needed() bool { return w != watch{} }

// exceeded is the name of the limit that is exceeded, or "".
func (w watch) exceeded(g *cgroup.Group) string {
	var all []process
	if g == nil || w.memoryBytes > 0 || w.processes > 0 {
		all = descendants()
	}
	switch {
	case w.cpuSeconds > 0 && cpuSeconds(g, all) >= w.cpuSeconds:
		return limit.CPUSeconds
	case w.memoryBytes > 0 && memoryExceeds(all, w.memoryBytes):
		return limit.MemoryMiB
	case w.processes > 0 && threads(all) > w.processes:
		return limit.Processes
	}
	return ""
}

// cpuSeconds of all processes, also of those that have ended.
func cpuSeconds(g *cgroup.Group, all []process) float64 {
	if g != nil {
		if used, err := g.Usage(); err == nil {
			return used.UserCPUSeconds + used.SystemCPUSeconds
		}
	}
	var reaped syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &reaped)
	sum := secondsOf(reaped.Utime) + secondsOf(reaped.Stime)
	for _, p := range all {
		sum += float64(p.cpuTicks) / ticksPerSecond
	}
	return sum
}

func threads(all []process) int {
	n := 0
	for _, p := range all {
		if p.state != 'Z' {
			n += p.threads
		}
	}
	return n
}

// memoryExceeds first adds up what is resident, which counts pages that
// processes share more than once, and only if that is too much asks for each
// process's share, which takes the kernel longer.
func memoryExceeds(all []process, limitBytes int64) bool {
	resident := int64(0)
	for _, p := range all {
		resident += p.rssPages * int64(os.Getpagesize())
	}
	if resident <= limitBytes {
		return false
	}
	shares := int64(0)
	for _, p := range all {
		shares += shareBytes(p)
	}
	return shares > limitBytes
}

// shareBytes is a process's proportional share of memory (PSS).
func shareBytes(p process) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.pid))
	if err != nil {
		return 0 // ended, or not ours to see
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("Pss:")); ok {
			fields := bytes.Fields(rest) // such as: 1234 kB
			if len(fields) > 0 {
				kibibytes, _ := strconv.ParseInt(string(fields[0]), 10, 64)
				return kibibytes * 1024
			}
		}
	}
	return 0
}
