package worker

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/spotgrid/spotgrid/workloads/job"
	"github.com/spotgrid/spotgrid/workloads/queue"
	"github.com/spotgrid/spotgrid/workloads/volume"
)

// UndecodableKind is the kind of a dead letter that wraps a message which is
// no job. No worker knows it.
const UndecodableKind = "undecodable"

// Undecodable is the payload of such a letter.
type Undecodable struct {
	// Body is the message, in base64 if it is not valid UTF-8.
	Body   string `json:"body"`
	Base64 bool   `json:"base64,omitempty"`
}

// lastEnding is how the last recorded attempt ended, with that attempt.
func (r *run) lastEnding() (ending, job.Attempt) {
	last := r.prior[len(r.prior)-1]
	return ending{outcome: last.Outcome, cause: last.Cause}, last
}

// bury sends the job to the dead-letter queue with its attempts, records it on
// the volume and takes it from the queue, in this order: whatever fails, the
// job is still in one of them. The attempt was recorded before, so that a job
// that comes back is buried without another run.
func (r *run) bury(e ending, last job.Attempt) {
	record := r.record(e, last)
	letter := r.job
	letter.Attempts = record.Attempts
	body, err := encodeLetter(letter, r.w.DeadLetter.Caps().MaxBodyBytes)
	if err != nil {
		r.w.Log.Error("dead letter could not be encoded", "job", r.job.ID, "error", err)
		r.release(troubleDelay)
		return
	}
	envelope := r.job
	envelope.Attempts = nil // they are in the record
	record.Job = &envelope
	// The same death has the same ID, and a later one another.
	id := fmt.Sprintf("%s.dead.%d.%d", r.job.ID, last.Number, last.EndedAt.UnixNano())
	r.sendDead(queue.Message{ID: id, Body: body}, record)
}

// sendDead sends a letter, keeps its record and acknowledges.
func (r *run) sendDead(letter queue.Message, record volume.Record) {
	if err := r.w.DeadLetter.Send(r.w.settling, letter); err != nil {
		r.w.Log.Error("cannot send to the dead-letter queue, the job is released", "job", record.JobID, "error", err)
		r.release(troubleDelay)
		return
	}
	if err := r.w.Volume.WriteDead(record); err != nil {
		r.giveBack(err)
		return
	}
	r.w.Log.Error("job given up", "job", record.JobID, "outcome", record.Outcome, "attempts", len(record.Attempts), "cause", record.Cause)
	r.ack()
}

// buryUndecodable gives up a message that is no job.
func (r *run) buryUndecodable(cause error) {
	r.w.status.countFailed()
	body := r.delivery.Body
	sum := sha256.Sum256(body)
	id := UndecodableKind + "-" + hex.EncodeToString(sum[:16])
	wrapped := Undecodable{Body: string(body)}
	if !utf8.Valid(body) {
		wrapped = Undecodable{Body: base64.StdEncoding.EncodeToString(body), Base64: true}
	}
	payload, err := json.Marshal(wrapped)
	if err != nil {
		r.giveBack(err)
		return
	}
	now := r.w.Now().UTC()
	attempt := job.Attempt{
		Number: r.delivery.Number, Worker: r.w.Name, StartedAt: r.startedAt.UTC(), EndedAt: now,
		Outcome: job.Rejected, Cause: cut(cause.Error(), maxCauseBytes),
	}
	letter := job.Job{Version: job.Version, ID: id, Kind: UndecodableKind, Payload: payload, SubmittedAt: now}
	envelope := letter
	letter.Attempts = []job.Attempt{attempt}
	encoded, err := encodeLetter(letter, r.w.DeadLetter.Caps().MaxBodyBytes)
	if err != nil {
		encoded = body // too large with its wrapping, but it fitted as it was
	}
	r.sendDead(queue.Message{ID: id, Body: encoded}, volume.Record{
		JobID: id, Kind: UndecodableKind, Outcome: job.Rejected, Cause: attempt.Cause, Attempts: letter.Attempts,
		Worker: r.w.Name, StartedAt: attempt.StartedAt, EndedAt: now, Seconds: attempt.Seconds(), Job: &envelope,
	})
}

// encodeLetter encodes a dead letter of at most maxBytes. What does not fit is
// left out, the least useful first: log lines, but those of the last attempt,
// then all log lines, then all attempts but the last. They stay on the volume.
func encodeLetter(j job.Job, maxBytes int) ([]byte, error) {
	dropTails := func(attempts []job.Attempt) {
		for i := range attempts {
			attempts[i].LogTail = nil
		}
	}
	j.Attempts = slices.Clone(j.Attempts)
	var err error
	for _, trim := range []func(){
		func() {},
		func() { dropTails(j.Attempts[:max(0, len(j.Attempts)-1)]) },
		func() { dropTails(j.Attempts) },
		func() { j.Attempts = j.Attempts[max(0, len(j.Attempts)-1):] },
	} {
		trim()
		var body []byte
		if body, err = job.Encode(j); err == nil && len(body) <= maxBytes {
			return body, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("the dead-letter queue carries %d bytes", maxBytes)
	}
	return nil, fmt.Errorf("encoding dead letter of job %q: %w", j.ID, err)
}
