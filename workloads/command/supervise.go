package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/spotgrid/spotgrid/workloads/command/cgroup"
	"github.com/spotgrid/spotgrid/workloads/command/supervisor"
)

// supervised is a supervisor that runs.
type supervised struct {
	cmd     *exec.Cmd
	orders  *os.File
	reports *os.File
}

// startSupervisor starts this executable again, whatever its file is called by
// now. The streams are those of the program.
func startSupervisor(stdin, stdout, stderr *os.File) (*supervised, error) {
	if !supervisor.Entered() {
		return nil, errors.New("starting the program's supervisor: this executable's main does not call supervisor.Enter")
	}
	orderRead, orders, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("opening a pipe for orders: %w", err)
	}
	defer orderRead.Close()
	reports, reportWrite, err := os.Pipe()
	if err != nil {
		_ = orders.Close()
		return nil, fmt.Errorf("opening a pipe for reports: %w", err)
	}
	defer reportWrite.Close()
	s := &supervised{orders: orders, reports: reports, cmd: &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{os.Args[0], supervisor.Argument},
		Env:   []string{"GOMAXPROCS=1"}, // nothing of the worker's, and it has little to do
		Stdin: stdin, Stdout: stdout, Stderr: stderr,
		ExtraFiles: []*os.File{orderRead, reportWrite}, // supervisor.OrdersFD and ReportsFD
		// In a session of its own it gets neither what a terminal sends the worker
		// nor the end of one whose whole session is killed, as a local grid's agent
		// does: it has to clean up then.
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}}
	if err := s.cmd.Start(); err != nil {
		_ = orders.Close()
		_ = reports.Close()
		return nil, fmt.Errorf("starting the program's supervisor: %w", err)
	}
	return s, nil
}

// supervise gives the order and returns the report. If ctx ends, the
// supervisor is told to stop the program, and then reports soon.
func (s *supervised) supervise(ctx context.Context, o supervisor.Order) (report supervisor.Report, err error) {
	reported := make(chan error, 1)
	go func() { reported <- json.NewDecoder(s.reports).Decode(&report) }()
	orders := json.NewEncoder(s.orders)
	_ = orders.Encode(o) // it fails only if there is no supervisor any more
	select {
	case err = <-reported:
	case <-ctx.Done():
		_ = orders.Encode(supervisor.StopWord) // it may have ended meanwhile
		err = <-reported
	}
	_ = s.orders.Close()
	waitErr := s.cmd.Wait()
	_ = s.reports.Close()
	if err == nil {
		return report, nil
	}
	s.cleanUp(o.Cgroup)
	if waitErr == nil {
		waitErr = errors.New("it exited")
	}
	return report, fmt.Errorf("running program %q: its supervisor ended before it had reported: %w", o.Argv[0], waitErr)
}

// cleanUp ends what a supervisor left that was killed. The program itself was
// killed by the kernel with it; without a cgroup, what the program started
// cannot be told from other processes.
func (s *supervised) cleanUp(parent cgroup.Parent) {
	if parent.Path == "" {
		return
	}
	group := cgroup.Find(parent, supervisor.GroupName(s.cmd.Process.Pid))
	_ = group.Kill()
	_ = group.Remove() // if it stays, it is empty, or what is in it hangs in the kernel
}
