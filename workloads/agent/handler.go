package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spotgrid/spotgrid/workloads/agent/api"
	"github.com/spotgrid/spotgrid/workloads/agent/lambda"
	"github.com/spotgrid/spotgrid/workloads/job"
)

// maxDeclarationBytes bounds what a caller may send as a declaration.
const maxDeclarationBytes = 1 << 20

// maxNoticeSeconds is the longest notice of an interruption: an hour.
const maxNoticeSeconds = 3600

// handler routes callers. Workers and functions come in by secret paths of
// their own, everybody else needs the token.
func (a *Agent) handler() http.Handler {
	control := http.NewServeMux()
	control.HandleFunc("GET /v1/status", a.getStatus)
	control.HandleFunc("POST /v1/shutdown", a.postShutdown)
	control.HandleFunc("POST /v1/workers/{name}/interrupt", a.postInterrupt)
	control.HandleFunc("POST /2015-03-31/functions/{name}/invocations", a.postInvocation)
	put(control, "queues", a.putQueue)
	put(control, "volumes", a.putVolume)
	put(control, "fleets", a.putFleet)
	put(control, "functions", a.putFunction)
	remove(control, "queues", a.deleteQueue)
	remove(control, "volumes", a.deleteVolume)
	remove(control, "fleets", a.deleteFleet)
	remove(control, "functions", a.deleteFunction)

	mux := http.NewServeMux()
	a.metadata.Register(mux)
	a.routes.Register(mux)
	mux.Handle("/", a.authorized(control))
	return mux
}

// put adds the route that declares one thing of type D.
func put[D interface{ Check() error }](mux *http.ServeMux, kind string, apply func(context.Context, D) (any, error)) {
	mux.HandleFunc("PUT /v1/"+kind+"/{name}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDeclarationBytes))
		var d D
		if err == nil {
			err = job.DecodeStrict(body, &d)
		}
		if err == nil {
			err = d.Check()
		}
		if err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
		// The caller may go away in the middle; what it asked for is finished.
		status, err := apply(context.WithoutCancel(r.Context()), d)
		if err != nil {
			refuse(w, http.StatusInternalServerError, err)
			return
		}
		answer(w, status)
	})
}

// remove adds the route that removes one thing.
func remove(mux *http.ServeMux, kind string, apply func(context.Context, string) error) {
	mux.HandleFunc("DELETE /v1/"+kind+"/{name}", func(w http.ResponseWriter, r *http.Request) {
		if err := apply(context.WithoutCancel(r.Context()), r.PathValue("name")); err != nil {
			refuse(w, http.StatusInternalServerError, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

func (a *Agent) getStatus(w http.ResponseWriter, r *http.Request) {
	answer(w, a.status(r.Context()))
}

func (a *Agent) postShutdown(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusAccepted)
	a.shutdown()
}

func (a *Agent) postInterrupt(w http.ResponseWriter, r *http.Request) {
	var in struct {
		NoticeSeconds int `json:"notice_seconds"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDeclarationBytes))
	if err == nil {
		err = job.DecodeStrict(body, &in)
	}
	if err == nil && (in.NoticeSeconds < 0 || in.NoticeSeconds > maxNoticeSeconds) {
		err = fmt.Errorf("notice_seconds is %d, want 0..%d", in.NoticeSeconds, maxNoticeSeconds)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	name := r.PathValue("name")
	if !a.interrupt(name, time.Duration(in.NoticeSeconds)*time.Second) {
		refuse(w, http.StatusNotFound, fmt.Errorf("no worker %q runs; `spotgrid workers` lists those that do", name))
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (a *Agent) postInvocation(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	a.mu.Lock()
	f := a.functions[name]
	a.mu.Unlock()
	if f == nil {
		refuse(w, http.StatusNotFound, fmt.Errorf("no function %q; `spotgrid status` lists those there are", name))
		return
	}
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, lambda.MaxPayloadBytes))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Errorf("the payload is over %d bytes", lambda.MaxPayloadBytes))
		return
	}
	res, err := f.Invoke(r.Context(), payload)
	switch {
	case errors.Is(err, lambda.ErrThrottled):
		refuse(w, http.StatusTooManyRequests, err)
		return
	case err != nil:
		refuse(w, http.StatusBadGateway, err)
		return
	}
	if res.Failed {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(res.Body)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}

// queueURL is what workers open.
func (a *Agent) queueURL(name string) string {
	return fmt.Sprintf("nats://127.0.0.1:%d/%s?token_file=%s", a.instance.QueuePort, name, a.dir.Token())
}

// functionURL is where a function is called.
func (a *Agent) functionURL(name string) string {
	return a.instance.URL + "/2015-03-31/functions/" + name + "/invocations"
}

func volumeURL(v api.Volume) string { return "file://" + v.Path }
