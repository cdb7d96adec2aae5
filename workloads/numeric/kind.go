package numeric

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/spotgrid/spotgrid/workloads/job"
)

// KindName is the job kind that runs TraceTanh.
const KindName = "numeric"

// KindOptions are what the worker decides about its numeric jobs.
type KindOptions struct {
	// Now is the clock the duration is measured with; default time.Now.
	Now func() time.Time
}

// Result of a job of kind "numeric".
type Result struct {
	// N is the number of rows.
	N int `json:"n"`
	// Trace is the sum of tanh of the diagonal.
	Trace Number `json:"trace"`
	// Checksum is the sum of all elements of the result: of each row, from its
	// first element on, and then of these sums.
	Checksum Number `json:"checksum"`
	// Seconds that TraceTanh took, without making, reading or writing matrices.
	Seconds float64 `json:"seconds"`
	// Output is where the result was written; empty if nobody asked for it.
	Output string `json:"output,omitempty"`
}

// Number is a float64 that JSON carries when it is not finite, too: as "NaN",
// "Infinity" or "-Infinity", as in the JSON form of protocol buffers.
type Number float64

// MarshalJSON writes the number.
func (n Number) MarshalJSON() ([]byte, error) {
	switch v := float64(n); {
	case math.IsNaN(v):
		return []byte(`"NaN"`), nil
	case math.IsInf(v, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-Infinity"`), nil
	default:
		return json.Marshal(v)
	}
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case `"NaN"`:
		*n = Number(math.NaN())
	case `"Infinity"`:
		*n = Number(math.Inf(1))
	case `"-Infinity"`:
		*n = Number(math.Inf(-1))
	default:
		return json.Unmarshal(b, (*float64)(n))
	}
	return nil
}

type kind struct{ options KindOptions }

var _ job.Kind = kind{}

// NewKind makes the job kind "numeric". Its payload is a Payload and its result
// a Result.
func NewKind(o KindOptions) job.Kind {
	if o.Now == nil {
		o.Now = time.Now
	}
	return kind{o}
}

func (kind) Name() string { return KindName }

func (kind) Check(payload json.RawMessage) error {
	_, err := Parse(payload)
	return err
}

func (k kind) Run(ctx context.Context, task job.Task) (json.RawMessage, error) {
	p, err := Parse(task.Payload)
	if err != nil {
		return nil, job.Reject(err)
	}
	if task.Files == nil && (p.File != "" || p.Output != "") {
		return nil, job.Reject(errors.New("the payload names files, and this worker has no folder of users' files"))
	}
	src, n, err := matrix(ctx, task, p)
	if err != nil {
		return nil, err
	}
	dst := make([]float64, len(src))
	begun := k.options.Now()
	trace, err := TraceTanh(dst, src, n)
	if err != nil {
		return nil, err
	}
	r := Result{N: n, Trace: Number(trace), Seconds: k.options.Now().Sub(begun).Seconds(), Output: p.Output}
	r.Checksum = Number(sumOfRows(dst, n))
	task.Log.Info("added", "trace", trace, "checksum", float64(r.Checksum), "seconds", r.Seconds)
	if p.Output != "" {
		if err := writeMatrix(ctx, task.Files, p.Output, dst, n); err != nil {
			return nil, err
		}
		task.Log.Info("wrote the result", "file", p.Output)
	}
	encoded, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding the result: %w", err)
	}
	return encoded, nil
}

// matrix makes or reads the job's matrix.
func matrix(ctx context.Context, task job.Task, p Payload) (values []float64, n int, err error) {
	if p.File == "" {
		values, err = makeMatrix(ctx, p.N, p.Seed)
		task.Log.Info("made a matrix", "n", p.N, "seed", p.Seed)
		return values, p.N, err
	}
	values, n, err = readMatrix(ctx, task.Files, p.File)
	if err == nil {
		task.Log.Info("read a matrix", "file", p.File, "n", n)
	}
	return values, n, err
}

// sumOfRows adds up each row and then the rows: its error grows with n, not n*n.
func sumOfRows(values []float64, n int) float64 {
	total := 0.0
	for row := range n {
		sum := 0.0
		for _, v := range values[row*n : (row+1)*n] {
			sum += v
		}
		total += sum
	}
	return total
}
