package supervisor

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// process is a descendant of the supervisor. Fields of /proc/PID/stat are
// described in proc_pid_stat(5).
type process struct {
	pid, parent int
	state       byte // Z: ended and not reaped
	threads     int
	cpuTicks    int64 // its own and of the children it waited for
	rssPages    int64
}

// descendants are all processes below the supervisor. They are found by
// looking at all processes, as the kernel's list of children is an option that
// machines may lack. One that is being started while they are looked at may be
// missed; it is there at the next look.
func descendants() []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	children := map[int][]process{}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if p, ok := readProcess(pid); ok {
				children[p.parent] = append(children[p.parent], p)
			}
		}
	}
	found := children[os.Getpid()]
	delete(children, os.Getpid())
	for i := 0; i < len(found); i++ {
		pid := found[i].pid
		found = append(found, children[pid]...)
		delete(children, pid) // a number that was reused meanwhile makes no circle
	}
	return found
}

func readProcess(pid int) (process, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, false // ended meanwhile
	}
	// The second field is the program's name, in which anything may stand.
	end := bytes.LastIndexByte(text, ')')
	if end < 0 {
		return process{}, false
	}
	fields := bytes.Fields(text[end+1:])
	const before = 3 // field numbers of the manual page start at 1, these at the third
	if len(fields) <= 24-before {
		return process{}, false
	}
	number := func(field int) int64 {
		n, _ := strconv.ParseInt(string(fields[field-before]), 10, 64)
		return n
	}
	return process{
		pid: pid, state: fields[0][0], parent: int(number(4)), threads: int(number(20)),
		cpuTicks: number(14) + number(15) + number(16) + number(17), rssPages: number(24),
	}, true
}
