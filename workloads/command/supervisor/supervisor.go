// Package supervisor is a small process between a worker and one program: it
// starts the program with its limits in force, adopts whatever the program
// leaves behind, and ends all of it when the program does, when the worker
// says so, or when the worker is gone.
//
// It is the worker's own executable, started again with Argument; see Enter. Only a
// process of its own can adopt the children of one program and not those of
// another (PR_SET_CHILD_SUBREAPER), and can outlive a worker that is killed.
//
// Descriptors 0, 1 and 2 are the program's. Orders come by descriptor 3: an
// Order in JSON, and later perhaps the JSON string "stop". Its end means that
// the worker is gone. The Report goes to descriptor 4. Linux only.
package supervisor

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/spotgrid/spotgrid/workloads/command/cgroup"
	"github.com/spotgrid/spotgrid/workloads/command/limit"
)

// Argument, alone, makes an executable that calls Enter a supervisor.
const Argument = "supervise-command"

// Descriptors that the worker opens for the supervisor.
const (
	OrdersFD  = 3
	ReportsFD = 4
)

// StopWord asks for the program to be stopped.
const StopWord = "stop"

// Order is what to run. It travels by a pipe, as the environment of the
// program may hold secrets.
type Order struct {
	// Path of the program, absolute or relative to Dir.
	Path string   `json:"path"`
	Argv []string `json:"argv"`
	Env  []string `json:"env"`
	Dir  string   `json:"dir"`
	// GraceMilliseconds between SIGTERM and SIGKILL, once asked to stop.
	GraceMilliseconds int64         `json:"grace_milliseconds"`
	Limits            limit.Limits  `json:"limits"`
	Cgroup            cgroup.Parent `json:"cgroup"` // no path: there is none
}

// Report says how the program ended.
type Report struct {
	// StartErrno is why the program could not be started, 0 if it was or if no
	// system call failed; StartError says what failed.
	StartErrno syscall.Errno `json:"start_errno,omitempty"`
	StartError string        `json:"start_error,omitempty"`

	// Ended is false for a program that was started and could not be ended, as
	// happens in a call that waits for a dead network share.
	Ended bool `json:"ended"`
	// Status is how the program ended, as wait4 tells it.
	Status syscall.WaitStatus `json:"status"`
	// Stopped: the program was asked to stop before its end.
	Stopped bool `json:"stopped,omitempty"`
	// Met are the limits that the program ran into for certain.
	Met []string `json:"met,omitempty"`
	// Held says what held each limit.
	Held []limit.Held `json:"held,omitempty"`

	Seconds float64 `json:"seconds"`
	// Of all processes together, those included that nobody waited for.
	UserCPUSeconds   float64 `json:"user_cpu_seconds"`
	SystemCPUSeconds float64 `json:"system_cpu_seconds"`
	// MaxRSSBytes is that of the largest process, PeakMemoryBytes that of all
	// together, which only a cgroup knows.
	MaxRSSBytes     int64 `json:"max_rss_bytes"`
	PeakMemoryBytes int64 `json:"peak_memory_bytes,omitempty"`
	// LeftBehind is how many processes were still there when the program had
	// ended, and were ended too; Escaped is how many could not be.
	LeftBehind int      `json:"left_behind,omitempty"`
	Escaped    int      `json:"escaped,omitempty"`
	Warnings   []string `json:"warnings,omitempty"`
}

// GroupName names the cgroup that the supervisor with this process ID makes.
func GroupName(pid int) string { return fmt.Sprintf("command-%d", pid) }

// entered is set in an executable that can be started as a supervisor.
var entered atomic.Bool

// Enter must be the first call of every main, and of every TestMain, whose
// process runs commands. In a process that was started as a supervisor it
// supervises and does not return; in others it notes that the executable can
// be started so, without which no command is run: an executable that took
// Argument for something else would begin all its work anew.
func Enter() {
	if len(os.Args) == 2 && os.Args[1] == Argument {
		// Not os.Exit: there is nothing to flush, and under the race detector
		// that takes a second.
		syscall.Exit(supervise())
	}
	entered.Store(true)
}

// Entered reports whether Enter was called.
func Entered() bool { return entered.Load() }

// supervise returns the exit code: 0 once it has reported, 1 without orders
// that it understands.
func supervise() int {
	for _, fd := range []int{OrdersFD, ReportsFD} {
		unix.CloseOnExec(fd) // the program must not have them
	}
	// Signals that end a worker's whole session must not end the supervisor
	// before its program. Ignoring them would be inherited by the program.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGPIPE)

	orders := json.NewDecoder(os.NewFile(OrdersFD, "orders"))
	var order Order
	if err := orders.Decode(&order); err != nil {
		fmt.Fprintf(os.Stderr, "%s is for workers, who order what to run: %v\n", Argument, err)
		return 1
	}
	report := run(order, listen(orders))
	if err := json.NewEncoder(os.NewFile(ReportsFD, "reports")).Encode(report); err != nil {
		return 1 // the worker is gone, and the program with it
	}
	return 0
}

// word is what comes from the worker after the order.
type word int

const (
	stop word = iota
	gone
)

func listen(orders *json.Decoder) <-chan word {
	words := make(chan word, 2)
	go func() {
		for {
			var text string
			if err := orders.Decode(&text); err != nil {
				words <- gone
				return
			}
			if text == StopWord {
				select {
				case words <- stop:
				default: // said already
				}
			}
		}
	}()
	return words
}
