package agent

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/lambda"
	"github.com/spotgrid/spotgrid/workloads/agent/launch"
	"github.com/spotgrid/spotgrid/workloads/agent/process"
	"github.com/spotgrid/spotgrid/workloads/agent/supervisor"
	"github.com/spotgrid/spotgrid/workloads/queue/nats"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

var (
	_ supervisor.Host = (*Agent)(nil)
	_ lambda.Host     = (*Agent)(nil)
)

// keptLogs is how many logs of ended workers stay.
const keptLogs = 50

const functionLogPrefix = "function."

// Backlog implements supervisor.Host.
func (a *Agent) Backlog(ctx context.Context, queue string) (supervisor.Load, error) {
	_, stats, err := nats.Inspect(ctx, a.broker.JetStream(), queue)
	return supervisor.Load{Ready: stats.Ready, Leased: stats.Leased}, err
}

// NextName implements supervisor.Host.
func (a *Agent) NextName(fleet string) (string, error) {
	n, err := a.store.nextWorker(fleet)
	return fmt.Sprintf("%s-%d", fleet, n), err
}

// Program implements supervisor.Host.
func (a *Agent) Program(f api.Fleet) string { return a.programs.Path(f.BinarySHA256) }

// Environment implements supervisor.Host: what the fleet declares, and what
// only this worker is told.
func (a *Agent) Environment(f api.Fleet, worker string) []string {
	env := base(f.Environment)
	return append(env,
		"SPOTGRID_WORKER="+worker,
		"SPOTGRID_SLOTS="+strconv.Itoa(f.Slots),
		"SPOTGRID_DRAIN_SECONDS="+strconv.Itoa(f.DrainSeconds),
		"SPOTGRID_METADATA_URL="+a.instance.URL+a.metadata.Add(worker),
		"SPOTGRID_LIFELINE=stdin",
	)
}

// base is the declared environment on top of what every program needs.
func base(declared map[string]string) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LANG", "TZ"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	for k, v := range declared {
		env = append(env, k+"="+v)
	}
	slices.Sort(env)
	return env
}

// Log implements supervisor.Host.
func (a *Agent) Log(worker string) string { return filepath.Join(a.dir.Logs(), worker+".log") }

// Busy implements supervisor.Host. A worker that has not said anything is
// taken for busy: it is starting.
func (a *Agent) Busy(f api.Fleet, worker string) bool {
	v, err := volume.Open(f.Environment["SPOTGRID_VOLUME_URL"])
	if err != nil {
		return true
	}
	w, err := v.Worker(worker)
	return err != nil || w.State != volume.Idle
}

// Announce implements supervisor.Host.
func (a *Agent) Announce(worker string, at time.Time) { a.metadata.Announce(worker, at) }

// Forget implements supervisor.Host.
func (a *Agent) Forget(worker string) {
	a.metadata.Remove(worker)
	a.pruneLogs()
}

// pruneLogs deletes the oldest logs of ended workers.
func (a *Agent) pruneLogs() {
	entries, err := os.ReadDir(a.dir.Logs())
	if err != nil {
		return
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool {
		name := strings.TrimSuffix(e.Name(), ".log")
		return strings.HasPrefix(name, functionLogPrefix) || a.metadata.Has(name)
	})
	if len(entries) <= keptLogs {
		return
	}
	modified := func(e os.DirEntry) time.Time {
		info, err := e.Info()
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortFunc(entries, func(x, y os.DirEntry) int { return modified(x).Compare(modified(y)) })
	for _, e := range entries[:len(entries)-keptLogs] {
		os.Remove(filepath.Join(a.dir.Logs(), e.Name()))
	}
}

// FunctionProgram implements lambda.Host.
func (a *Agent) FunctionProgram(f api.Function) string { return a.programs.Path(f.BinarySHA256) }

// FunctionEnvironment implements lambda.Host, with the names that Lambda sets.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func (a *Agent) FunctionEnvironment(f api.Function, runtimePath string) []string {
	return append(base(f.Environment),
		"AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(a.instance.URL, "http://")+runtimePath,
		"AWS_LAMBDA_FUNCTION_NAME="+f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE="+strconv.Itoa(f.MemoryMiB),
		"AWS_LAMBDA_LOG_GROUP_NAME=/spotgrid/"+f.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"_HANDLER=bootstrap",
	)
}

// FunctionLog implements lambda.Host.
func (a *Agent) FunctionLog(f api.Function) string {
	return filepath.Join(a.dir.Logs(), functionLogPrefix+f.Name+".log")
}

// Changed implements both hosts: it records which processes run, so that a
// later agent can end them if this one dies. It runs on its own, because its
// callers hold locks that it needs.
func (a *Agent) Changed() {
	go func() {
		a.processes.Lock()
		defer a.processes.Unlock()
		if a.supervised.Err() != nil {
			return // whoever asked for the stop sees to what is left
		}
		if err := launch.WriteProcesses(a.dir, a.sessions()); err != nil {
			a.log.Error("recording processes", "error", err)
		}
	}()
}

func (a *Agent) sessions() []process.Identity {
	a.mu.Lock()
	defer a.mu.Unlock()
	ids := []process.Identity{}
	for _, f := range a.fleets {
		ids = append(ids, f.Sessions()...)
	}
	for _, f := range a.functions {
		ids = append(ids, f.Sessions()...)
	}
	return ids
}
