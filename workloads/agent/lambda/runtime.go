package lambda

import (
	"crypto/rand"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Routes serves the runtime API to instances, each under a secret path.
type Routes struct {
	mu        sync.Mutex
	instances map[string]*instance
}

// NewRoutes makes an empty set.
func NewRoutes() *Routes { return &Routes{instances: map[string]*instance{}} }

// Register adds the routes.
func (r *Routes) Register(mux *http.ServeMux) {
	const base = "/runtime/{secret}/2018-06-01/runtime/"
	mux.HandleFunc("GET "+base+"invocation/next", r.with(next))
	mux.HandleFunc("POST "+base+"invocation/{id}/response", r.with(response))
	mux.HandleFunc("POST "+base+"invocation/{id}/error", r.with(invocationError))
	mux.HandleFunc("POST "+base+"init/error", r.with(initError))
}

func (r *Routes) add(in *instance) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	secret := rand.Text()
	r.instances[secret] = in
	return "/runtime/" + secret
}

func (r *Routes) remove(in *instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for secret, other := range r.instances {
		if other == in {
			delete(r.instances, secret)
		}
	}
}

// with finds the instance that the path's secret stands for.
func (r *Routes) with(handle func(*instance, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		in := r.instances[req.PathValue("secret")]
		r.mu.Unlock()
		if in == nil {
			http.NotFound(w, req)
			return
		}
		handle(in, w, req)
	}
}

// next waits for a call and hands it out.
func next(in *instance, w http.ResponseWriter, r *http.Request) {
	idle := time.NewTimer(idleAfter)
	defer idle.Stop()
	select {
	case c := <-in.function.pending:
		in.take(c)
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", c.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(c.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:spotgrid:lambda:local:function:"+in.name)
		w.Write(c.payload)
	case <-in.retired:
		go in.process.Stop(stopGrace)
	case <-idle.C:
		go in.process.Stop(stopGrace)
	case <-r.Context().Done():
	}
}

func response(in *instance, w http.ResponseWriter, r *http.Request) { answer(in, w, r, false) }

func invocationError(in *instance, w http.ResponseWriter, r *http.Request) { answer(in, w, r, true) }

func answer(in *instance, w http.ResponseWriter, r *http.Request, failed bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPayloadBytes))
	if err != nil {
		body, failed = failure("Function.ResponseSizeTooLarge", "the answer is over 6 MiB"), true
	}
	if !in.finish(r.PathValue("id"), Answer{Body: body, Failed: failed}) {
		http.Error(w, "unknown request", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// initError notes a program that could not start; it ends by itself, and its
// log says why.
func initError(in *instance, w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 4096))
	in.function.log.Error("function could not start", "error", string(body))
	w.WriteHeader(http.StatusAccepted)
}
