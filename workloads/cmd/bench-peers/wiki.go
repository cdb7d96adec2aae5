package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/lambda"
	"github.com/spotgrid/spotgrid/workloads/wiki"
	"github.com/spotgrid/spotgrid/workloads/wiki/wikitest"
)

const wikiProgram = "github.com/spotgrid/spotgrid/workloads/cmd/wiki"

// wikiTask is what py/wiki.py is asked: to have its own function measured by
// the same host as ours.
type wikiTask struct {
	// URL takes a POST of a wikiMeasurement and answers with a Sample.
	URL string `json:"url"`
	// Dir is where the script may put the function's program.
	Dir   string `json:"dir"`
	Calls int    `json:"calls"`
}

// wikiMeasurement is of a program that is a function.
type wikiMeasurement struct {
	Program string `json:"program"`
	// Calls of one instance: with one, the time until it is answered is the
	// sample; with more, the mean time of the others.
	Calls int `json:"calls"`
}

// wikiCases start the function and the same handler in Python under the grid's
// own runtime API, and let both ask the same Wikipedia, which is this process.
func wikiCases() []Case {
	return []Case{
		wikiCase("wiki: cold start, from no process to the first answer", 1),
		wikiCase("wiki: a call of a warm instance", 100),
	}
}

func wikiCase(name string, calls int) Case {
	var host *wikiHost
	var program string
	c := Case{Name: name, Peer: "awslambdaric", Script: "wiki.py"}
	c.Prepare = func(ctx context.Context, dir string) (any, error) {
		program = filepath.Join(dir, "wiki")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, wikiProgram)
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building the function: %w: %s", err, bytes.TrimSpace(out))
		}
		host = newWikiHost(ctx, dir)
		return wikiTask{URL: host.url + "/measure", Dir: dir, Calls: calls}, nil
	}
	c.Go = func(ctx context.Context) (Sample, error) {
		return host.measure(ctx, wikiMeasurement{Program: program, Calls: calls})
	}
	return c
}

// wikiHost is Wikipedia, and what the grid's agent is to functions.
type wikiHost struct {
	routes *lambda.Routes
	// url is this server's; program is the function's.
	url, program, log string
}

var _ lambda.Host = (*wikiHost)(nil)

// newWikiHost serves until ctx ends.
func newWikiHost(ctx context.Context, dir string) *wikiHost {
	h := &wikiHost{routes: lambda.NewRoutes(), log: filepath.Join(dir, "log")}
	mux := http.NewServeMux()
	h.routes.Register(mux)
	mux.HandleFunc("POST /measure", h.serveMeasure)
	mux.Handle("GET /en/", &wikitest.Wiki{})
	server := httptest.NewServer(mux)
	context.AfterFunc(ctx, server.Close)
	h.url = server.URL
	return h
}

func (h *wikiHost) FunctionProgram(api.Function) string { return h.program }
func (h *wikiHost) FunctionLog(api.Function) string     { return h.log }
func (h *wikiHost) Changed()                            {}

func (h *wikiHost) FunctionEnvironment(f api.Function, path string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8",
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(h.url, "http://") + path,
		"AWS_LAMBDA_FUNCTION_NAME=" + f.Name, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(f.MemoryMiB),
		wiki.BaseVariable + "=" + h.url + wikitest.BasePath,
	}
}

// serveMeasure measures for the peer, which waits meanwhile.
func (h *wikiHost) serveMeasure(w http.ResponseWriter, r *http.Request) {
	var m wikiMeasurement
	err := json.NewDecoder(io.LimitReader(r.Body, maxAnswerBytes)).Decode(&m)
	var s Sample
	if err == nil {
		s, err = h.measure(r.Context(), m)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(s) // a peer that is gone needs none
}

// measure starts one instance, calls it and ends it. The value is a checksum of
// all answers.
func (h *wikiHost) measure(ctx context.Context, m wikiMeasurement) (Sample, error) {
	h.program = m.Program
	f := lambda.New(api.Function{Name: "wiki", TimeoutSeconds: 30, MemoryMiB: 128, Concurrency: 1}, h, h.routes, slog.New(slog.DiscardHandler))
	defer f.Close()
	sum := crc32.NewIEEE()
	begun := time.Now()
	if err := h.call(ctx, f, 0, sum); err != nil {
		return Sample{}, err
	}
	seconds := time.Since(begun).Seconds()
	begun = time.Now()
	for n := 1; n < m.Calls; n++ {
		if err := h.call(ctx, f, n, sum); err != nil {
			return Sample{}, err
		}
	}
	if m.Calls > 1 {
		seconds = time.Since(begun).Seconds() / float64(m.Calls-1)
	}
	kib, err := peakKiB(f)
	if err != nil {
		return Sample{}, err
	}
	return Sample{Seconds: seconds, Value: float64(sum.Sum32()), Note: fmt.Sprintf("%.1f MiB of memory at most, after %d calls", float64(kib)/1024, m.Calls)}, nil
}

// call asks for one entity, each time another, as ours would not ask for the
// same again.
func (h *wikiHost) call(ctx context.Context, f *lambda.Function, n int, sum io.Writer) error {
	a, err := f.Invoke(ctx, fmt.Appendf(nil, `{"entity":"Thing %d"}`, n))
	if err == nil && a.Failed {
		err = fmt.Errorf("the function failed: %s", a.Body)
	}
	var r wiki.Response
	if err == nil {
		err = json.Unmarshal(a.Body, &r)
	}
	if err == nil && r.StatusCode != "200" {
		err = fmt.Errorf("the function answers %s", a.Body)
	}
	if err != nil {
		log, _ := os.ReadFile(h.log) // nothing to add if it is not there
		return fmt.Errorf("calling the function: %w; its log ends with %q", err, log[max(0, len(log)-500):])
	}
	_, err = io.WriteString(sum, r.Body)
	return err
}

// peakKiB is the most memory that the function's process ever had.
func peakKiB(f *lambda.Function) (int, error) {
	sessions := f.Sessions()
	if len(sessions) != 1 {
		return 0, fmt.Errorf("the function has %d instances, want 1", len(sessions))
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", sessions[0].PID))
	if err != nil {
		return 0, fmt.Errorf("measuring memory: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "kB")))
		}
	}
	return 0, fmt.Errorf("measuring memory: there is no VmHWM in %q", status)
}
