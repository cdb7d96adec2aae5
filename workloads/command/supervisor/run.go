package supervisor

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/spotgrid/spotgrid/workloads/command/cgroup"
	"github.com/spotgrid/spotgrid/workloads/command/limit"
)

// Timings.
const (
	// watchEvery is how often what the kernel does not hold is looked at. A look
	// may read /proc/*/stat of the whole machine: 20 to 30 µs for each process.
	watchEvery = 250 * time.Millisecond
	// killLimit is how long what is left may take to end after SIGKILL. The
	// kernel needs milliseconds; a process in an uninterruptible call on a dead
	// network share can take for ever.
	killLimit = time.Second
	// killPause is between two looks for what is left.
	killPause = 2 * time.Millisecond
)

// program is the one that is supervised.
type program struct {
	group   *cgroup.Group // nil: there is none
	rlimits []rlimit
	cpus    int // to bind the program to, 0 for all
	held    []limit.Held
	watch   watch

	pid    int
	status syscall.WaitStatus
	reaped bool
	// left counts the processes that had to be ended after the program's end.
	left int
}

// run runs the program to its end and reports.
func run(o Order, words <-chan word) Report {
	runtime.LockOSThread() // see start; never unlocked, as the process ends
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return startFailed(fmt.Errorf("becoming the one who adopts: %w", err))
	}
	p, err := launch(o)
	if errors.Is(err, syscall.ENOSYS) && o.Cgroup.Path != "" {
		// Some containers forbid clone3, by which a process is born in a group.
		o.Cgroup = cgroup.Parent{}
		p, err = launch(o)
	}
	if err != nil {
		return startFailed(err)
	}
	begun := time.Now()
	stopped, over := p.attend(words, time.Duration(o.GraceMilliseconds)*time.Millisecond)
	escaped := p.end()
	r := Report{
		Status: p.status, Ended: p.reaped, Stopped: stopped, Held: p.held, Seconds: time.Since(begun).Seconds(),
		LeftBehind: p.left, Escaped: escaped,
	}
	if over != "" {
		r.Met = append(r.Met, over)
	}
	p.account(&r)
	return r
}

// launch plans what holds the limits and starts the program.
func launch(o Order) (*program, error) {
	p := &program{}
	if o.Cgroup.Path != "" {
		var err error
		if p.group, err = cgroup.New(o.Cgroup, GroupName(os.Getpid()), o.Limits); err != nil {
			return nil, err
		}
	}
	p.plan(o.Limits)
	err := p.start(o)
	if err != nil && p.group != nil {
		_ = p.group.Remove()
	}
	return p, err
}

func startFailed(err error) Report {
	r := Report{StartError: err.Error()}
	errors.As(err, &r.StartErrno)
	return r
}

// attend returns when the program has ended or has to be ended. over is the
// limit that the watch found exceeded.
func (p *program) attend(words <-chan word, grace time.Duration) (stopped bool, over string) {
	ended := make(chan struct{})
	go func() {
		awaitExit(p.pid)
		close(ended)
	}()
	orphans := make(chan os.Signal, 1)
	signal.Notify(orphans, syscall.SIGCHLD)
	defer signal.Stop(orphans)
	var look <-chan time.Time
	if p.watch.needed() {
		ticker := time.NewTicker(watchEvery)
		defer ticker.Stop()
		look = ticker.C
	}
	var hurry <-chan time.Time
	for {
		select {
		case <-ended:
			return stopped, ""
		case <-hurry:
			return stopped, ""
		case w := <-words:
			if stopped = true; w == gone {
				return stopped, ""
			}
			_ = syscall.Kill(-p.pid, syscall.SIGTERM) // gone already is fine
			hurry, words = time.After(grace), onlyGone(words)
		case <-orphans:
			p.reapOthers()
		case <-look:
			if over = p.watch.exceeded(p.group); over != "" {
				return stopped, over
			}
		}
	}
}

// onlyGone passes on that the worker is gone.
func onlyGone(words <-chan word) <-chan word {
	rest := make(chan word, 1)
	go func() {
		for w := range words {
			if w == gone {
				rest <- w
				return
			}
		}
	}()
	return rest
}

// awaitExit blocks until the child has ended, and leaves it to be reaped.
func awaitExit(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// end kills the program with all that it left, reaps it and returns how many
// could not be ended. Whatever loses its parent becomes the supervisor's
// child, so that nothing is left when it has no children.
func (p *program) end() (escaped int) {
	p.killGroup()
	for deadline := time.Now().Add(killLimit); ; time.Sleep(killPause) {
		if !p.reap() {
			return 0
		}
		alive := descendants()
		if time.Now().After(deadline) {
			return max(1, len(alive)) // there is one, seen or not
		}
		for _, d := range alive {
			_ = syscall.Kill(d.pid, syscall.SIGKILL)
		}
	}
}

// killGroup kills what can be killed at once. The program is not reaped yet,
// so its process group's number is still its own.
func (p *program) killGroup() {
	if p.group != nil {
		_ = p.group.Kill() // what it misses is found by its parent
	}
	if !p.reaped {
		_ = syscall.Kill(-p.pid, syscall.SIGKILL)
	}
}

// reap takes in every child that has ended and reports whether others are left.
func (p *program) reap() bool {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil: // ECHILD: no children
			return false
		case pid == 0:
			return true
		case pid == p.pid:
			p.status, p.reaped = status, true
		case status.Signaled() && status.Signal() == syscall.SIGKILL:
			p.left++
		}
	}
}

// reapOthers takes in adopted processes that have ended by themselves, so that
// they do not pile up. It leaves the program for later.
func (p *program) reapOthers() {
	for {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		pid := pidOf(&info)
		if err != nil || pid == 0 || pid == p.pid {
			return
		}
		_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
	}
}

// pidOf reads si_pid, which package unix keeps to itself: the first field after
// the three that it shows, where 64-bit Linux aligns to eight bytes. Source:
// include/uapi/asm-generic/siginfo.h.
func pidOf(info *unix.Siginfo) int {
	const offset = 16
	return int(*(*int32)(unsafe.Add(unsafe.Pointer(info), offset)))
}

// account fills in what was used and which limits were met, and removes the
// group.
func (p *program) account(r *Report) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage); err == nil {
		r.UserCPUSeconds, r.SystemCPUSeconds = secondsOf(usage.Utime), secondsOf(usage.Stime)
		r.MaxRSSBytes = usage.Maxrss * 1024 // Linux counts KiB
	}
	if p.group != nil {
		p.accountGroup(r)
	}
	for signal, name := range map[syscall.Signal]string{syscall.SIGXCPU: limit.CPUSeconds, syscall.SIGXFSZ: limit.FileMiB} {
		if p.status.Signaled() && p.status.Signal() == signal && p.holds(name) && !slices.Contains(r.Met, name) {
			r.Met = append(r.Met, name)
		}
	}
}

func (p *program) accountGroup(r *Report) {
	if used, err := p.group.Usage(); err == nil {
		r.UserCPUSeconds, r.SystemCPUSeconds, r.PeakMemoryBytes = used.UserCPUSeconds, used.SystemCPUSeconds, used.PeakMemoryBytes
	} else {
		r.Warnings = append(r.Warnings, fmt.Sprintf("reading what the program used: %v", err))
	}
	r.Met = append(r.Met, p.group.Met()...)
	if err := p.group.Remove(); err != nil {
		r.Warnings = append(r.Warnings, err.Error())
	}
}

func secondsOf(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
