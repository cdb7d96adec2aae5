// Package job defines what travels through a grid's queue: one versioned
// envelope per job, and the record of every attempt to run it.
package job

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Version is the envelope version this code writes. It reads no other: an
// envelope of another version is refused, so that an old worker never
// half-understands a new job.
const Version = 1

// Limits of an envelope.
const (
	// MaxEnvelopeBytes is the largest encoded job, in bytes. SQS carries
	// 256 KiB a message; what is larger belongs on the volume.
	MaxEnvelopeBytes = 256 << 10
	// MaxAttemptsLimit is the largest MaxAttempts of a job.
	MaxAttemptsLimit = 100
	// MaxTimeoutSeconds is the longest a job may run: 12 hours, the longest
	// SQS lets one receiver hold a message.
	MaxTimeoutSeconds = 12 * 60 * 60
)

// Defaults for limits that a job leaves at zero.
const (
	DefaultTimeoutSeconds = 15 * 60
	DefaultMaxAttempts    = 3
)

// Job is one unit of work.
type Job struct {
	// Version of the envelope: Version.
	Version int `json:"version"`
	// ID is unique in a grid: 1..128 of a-z A-Z 0-9 . _ -, not starting with a
	// dot. Two jobs with one ID are one job: the result is committed once.
	ID string `json:"id"`
	// Batch groups the jobs of one submission; same alphabet as ID.
	Batch string `json:"batch,omitempty"`
	// Kind names the handler that runs the job, such as "command".
	Kind string `json:"kind"`
	// Payload is what the handler gets: JSON whose shape the kind defines.
	Payload json.RawMessage `json:"payload"`
	// Limits bound one attempt and the number of attempts.
	Limits Limits `json:"limits,omitzero"`
	// SubmittedAt is when the job was first sent.
	SubmittedAt time.Time `json:"submitted_at,omitzero"`
	// Attempts is empty in a job that was just submitted; in a dead letter it
	// holds every attempt made, so that the letter explains itself.
	Attempts []Attempt `json:"attempts,omitempty"`
}

// Limits bound a job. Zero means the default.
type Limits struct {
	// TimeoutSeconds is how long one attempt may run: 1..MaxTimeoutSeconds,
	// default DefaultTimeoutSeconds.
	TimeoutSeconds int `json:"timeout_seconds,omitempty"`
	// MaxAttempts is how many attempts may fail before the job is
	// dead-lettered: 1..MaxAttemptsLimit, default DefaultMaxAttempts.
	// Interrupted attempts do not count.
	MaxAttempts int `json:"max_attempts,omitempty"`
}

// Timeout is the time limit of one attempt, with the default filled in.
func (l Limits) Timeout() time.Duration {
	if l.TimeoutSeconds == 0 {
		return DefaultTimeoutSeconds * time.Second
	}
	return time.Duration(l.TimeoutSeconds) * time.Second
}

// Attempt is the record of one try at a job.
type Attempt struct {
	// Number counts the deliveries of the job, from 1. Gaps are attempts that
	// vanished with their machine.
	Number    int       `json:"number"`
	Worker    string    `json:"worker"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`
	Outcome   Outcome   `json:"outcome"`
	// Cause says in one sentence why an attempt did not succeed.
	Cause string `json:"cause,omitempty"`
	// LogTail holds the last lines the attempt logged.
	LogTail []string `json:"log_tail,omitempty"`
}

// Seconds is how long the attempt ran, in seconds.
func (a Attempt) Seconds() float64 { return a.EndedAt.Sub(a.StartedAt).Seconds() }

// Outcome is how an attempt ended.
type Outcome string

// The outcomes.
const (
	Succeeded Outcome = "succeeded"
	// Failed: the handler returned an error; trying again may help.
	Failed Outcome = "failed"
	// Rejected: the job can never succeed (unknown kind, bad payload, missing
	// program); it is dead-lettered at once.
	Rejected Outcome = "rejected"
	// TimedOut: the attempt ran into its time limit.
	TimedOut Outcome = "timed_out"
	// Interrupted: the worker's machine was taken away or the worker was asked
	// to stop. Not the job's fault, so it does not count.
	Interrupted Outcome = "interrupted"
	// Lost: the attempt vanished without a word (kill -9, power). Recorded
	// only in dead letters, where the numbering shows a gap.
	Lost Outcome = "lost"
)

// Counts reports whether the outcome uses up one of the job's attempts.
func (o Outcome) Counts() bool { return o == Failed || o == TimedOut || o == Rejected }

// CountedAttempts is how many of the attempts count against MaxAttempts.
func CountedAttempts(attempts []Attempt) int {
	n := 0
	for _, a := range attempts {
		if a.Outcome.Counts() {
			n++
		}
	}
	return n
}

// AttemptsAllowed is MaxAttempts with the default filled in.
func (l Limits) AttemptsAllowed() int {
	if l.MaxAttempts == 0 {
		return DefaultMaxAttempts
	}
	return l.MaxAttempts
}

var (
	idPattern   = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$`)
	kindPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)
)

// ValidID reports whether s can name a job or a batch.
func ValidID(s string) bool { return idPattern.MatchString(s) }

// Check returns every fault of the job, joined, or nil. It does not look into
// the payload: that is for the job's kind.
func (j Job) Check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if j.Version != Version {
		bad("version is %d, want %d", j.Version, Version)
	}
	if !ValidID(j.ID) {
		bad("id is %q, want 1..128 of letters, digits, dot, underscore and hyphen, not starting with a dot", j.ID)
	}
	if j.Batch != "" && !ValidID(j.Batch) {
		bad("batch is %q, want 1..128 of letters, digits, dot, underscore and hyphen, not starting with a dot", j.Batch)
	}
	if !kindPattern.MatchString(j.Kind) {
		bad("kind is %q, want 1..64 of a-z, 0-9, underscore and hyphen, starting with a letter", j.Kind)
	}
	if len(j.Payload) > 0 && !json.Valid(j.Payload) {
		bad("payload is not JSON")
	}
	if s := j.Limits.TimeoutSeconds; s < 0 || s > MaxTimeoutSeconds {
		bad("limits.timeout_seconds is %d, want 1..%d", s, MaxTimeoutSeconds)
	}
	if n := j.Limits.MaxAttempts; n < 0 || n > MaxAttemptsLimit {
		bad("limits.max_attempts is %d, want 1..%d", n, MaxAttemptsLimit)
	}
	return errors.Join(errs...)
}

// Encode checks the job and returns its wire form.
func Encode(j Job) ([]byte, error) {
	if err := j.Check(); err != nil {
		return nil, fmt.Errorf("encoding job %q: %w", j.ID, err)
	}
	b, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("encoding job %q: %w", j.ID, err)
	}
	if len(b) > MaxEnvelopeBytes {
		return nil, fmt.Errorf("encoding job %q: it is %d bytes, the most a queue carries is %d; put large inputs on the volume", j.ID, len(b), MaxEnvelopeBytes)
	}
	return b, nil
}

// Decode reads a job strictly: unknown fields and trailing data are faults.
func Decode(b []byte) (Job, error) {
	var j Job
	if err := DecodeStrict(b, &j); err != nil {
		return Job{}, fmt.Errorf("decoding job: %w", err)
	}
	if err := j.Check(); err != nil {
		return Job{}, fmt.Errorf("decoding job %q: %w", j.ID, err)
	}
	return j, nil
}

// DecodeStrict decodes one JSON value into v and refuses unknown fields and
// trailing data. Kinds use it for their payloads.
func DecodeStrict(b []byte, v any) error {
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("data after the JSON value")
	}
	return nil
}

// SortAttempts orders attempts by number.
func SortAttempts(attempts []Attempt) {
	slices.SortFunc(attempts, func(a, b Attempt) int { return a.Number - b.Number })
}
