// Package agent is the supervisor of a grid on one machine: one background
// process that embeds the job queue, keeps worker processes running, serves
// functions and offers each worker an instance metadata endpoint. It is what
// AWS and GCP are to the grids that run there.
package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/spotgrid/spotgrid/workloads/agent/broker"
	"github.com/spotgrid/spotgrid/workloads/agent/lambda"
	"github.com/spotgrid/spotgrid/workloads/agent/launch"
	"github.com/spotgrid/spotgrid/workloads/agent/metadata"
	"github.com/spotgrid/spotgrid/workloads/agent/programs"
	"github.com/spotgrid/spotgrid/workloads/agent/supervisor"
	"github.com/spotgrid/spotgrid/workloads/durable"
)

// Options of an agent.
type Options struct {
	launch.Settings
	// Ready is called once, when the agent serves.
	Ready func()
	Log   *slog.Logger
}

// Agent is one running agent.
type Agent struct {
	dir      launch.Directory
	log      *slog.Logger
	token    string
	store    *store
	broker   *broker.Broker
	programs programs.Folder
	metadata *metadata.Server
	routes   *lambda.Routes
	instance launch.Instance
	last     launch.Instance // what the agent before this one was
	shutdown context.CancelFunc
	// supervised ends when the fleets are to drain.
	supervised context.Context

	mu        sync.Mutex
	fleets    map[string]*runningFleet
	functions map[string]*lambda.Function

	programsInUse sync.Mutex // between a copied program and its declaration
	processes     sync.Mutex // one writer of the process list at a time
}

// runningFleet is a fleet and the way to end it.
type runningFleet struct {
	*supervisor.Fleet
	stop context.CancelFunc
	done chan struct{}
}

// Run serves until ctx ends or Shutdown is asked for, then drains the workers
// and returns.
func Run(ctx context.Context, o Options) error {
	if err := o.Directory.Prepare(); err != nil {
		return err
	}
	lock := flock.New(o.Directory.Lock())
	ok, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("locking agent directory: %w", err)
	}
	if !ok {
		return launch.ErrRunning
	}
	defer lock.Unlock()
	if err := launch.EndOrphans(o.Directory); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a, err := start(ctx, o)
	if err != nil {
		return err
	}
	a.shutdown = cancel
	return a.serve(ctx, o)
}

// start brings up everything that does not listen for callers yet.
func start(ctx context.Context, o Options) (*Agent, error) {
	a := &Agent{
		dir: o.Directory, log: o.Log, supervised: ctx,
		programs: programs.Folder(o.Directory.Programs()),
		metadata: metadata.New(time.Now), routes: lambda.NewRoutes(),
		fleets: map[string]*runningFleet{}, functions: map[string]*lambda.Function{},
	}
	if err := os.MkdirAll(o.Directory.Logs(), 0o700); err != nil {
		return nil, fmt.Errorf("preparing agent directory: %w", err)
	}
	var err error
	if a.token, err = loadToken(o.Directory.Token()); err != nil {
		return nil, err
	}
	if a.store, err = openStore(o.Directory.Declarations()); err != nil {
		return nil, err
	}
	if a.instance, err = describeSelf(); err != nil {
		return nil, err
	}
	a.last, _ = o.Directory.ReadInstance()
	if a.broker, err = startBroker(o, a.token, a.last); err != nil {
		return nil, err
	}
	a.instance.QueuePort = a.broker.Port()
	return a, nil
}

// startBroker takes the port that was asked for; or that of last time, so that
// addresses stay as they are; or any.
func startBroker(o Options, token string, last launch.Instance) (*broker.Broker, error) {
	bo := broker.Options{Store: o.Directory.Broker(), Port: o.QueuePort, Token: token}
	if o.QueuePort != 0 || last.QueuePort == 0 {
		return broker.Start(bo)
	}
	bo.Port = last.QueuePort
	if b, err := broker.Start(bo); err == nil {
		return b, nil
	}
	bo.Port = 0
	return broker.Start(bo)
}

// listen is startBroker's rule for the agent's own port.
func listen(o Options, last launch.Instance) (net.Listener, error) {
	on := func(port int) (net.Listener, error) {
		return net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	}
	if o.HTTPPort != 0 {
		l, err := on(o.HTTPPort)
		if err != nil {
			return nil, fmt.Errorf("port %d on 127.0.0.1 is in use or not allowed; choose another in the stack's config, or 0 for any free one: %w", o.HTTPPort, err)
		}
		return l, nil
	}
	if l, err := on(last.HTTPPort); err == nil {
		return l, nil
	}
	return on(0)
}

// serve answers callers until ctx ends.
func (a *Agent) serve(ctx context.Context, o Options) error {
	defer a.broker.Stop()
	l, err := listen(o, a.last)
	if err != nil {
		return err
	}
	a.instance.HTTPPort = l.Addr().(*net.TCPAddr).Port
	a.instance.URL = "http://" + l.Addr().String()
	srv := &http.Server{Handler: a.handler(), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	defer srv.Close()

	if err := a.resume(ctx); err != nil {
		return err
	}
	if err := a.writeInstance(); err != nil {
		return err
	}
	a.log.Info("agent serves", "url", a.instance.URL, "queue_port", a.instance.QueuePort, "pid", a.instance.PID)
	if o.Ready != nil {
		o.Ready()
	}
	go a.sweepVolumes(ctx)
	select {
	case <-ctx.Done():
	case err = <-failed:
		a.shutdown()
	}
	a.log.Info("agent stops")
	a.stopAll()
	return err
}

// resume takes up what was declared before the agent last ended.
func (a *Agent) resume(ctx context.Context) error {
	var d declared
	a.store.look(func(s *declared) { d = *s })
	for _, q := range deadLettersFirst(d.Queues) {
		if err := a.declareQueue(ctx, q); err != nil {
			return err
		}
	}
	for _, f := range d.Functions {
		a.runFunction(f)
	}
	for _, f := range d.Fleets {
		a.runFleet(f)
	}
	return nil
}

// stopAll drains all fleets at once and ends the functions.
func (a *Agent) stopAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range a.fleets {
		f.stop()
	}
	for _, f := range a.fleets {
		<-f.done
	}
	for _, f := range a.functions {
		f.Close()
	}
}

func describeSelf() (launch.Instance, error) {
	path, err := os.Executable()
	if err != nil {
		return launch.Instance{}, fmt.Errorf("finding the agent's own program: %w", err)
	}
	hash, err := programs.Hash(path)
	return launch.Instance{PID: os.Getpid(), SHA256: hash, StartedAt: time.Now().UTC()}, err
}

func (a *Agent) writeInstance() error {
	b, err := json.MarshalIndent(a.instance, "", "  ")
	if err != nil {
		return err
	}
	return durable.ReplaceFile(a.dir.Ready(), b)
}
