package worker

import (
	"time"

	"github.com/spotgrid/spotgrid/workloads/volume"
)

// Timings of a worker, each with its reason.
const (
	// receiveWait is how long one Receive waits for a first job: the longest
	// that SQS can.
	receiveWait = 20 * time.Second

	// holdAfter is how long after its receipt a job's heartbeat starts. The
	// heartbeat takes the lease to end so much later than it does, which is
	// little beside the shortest lease, 10 s.
	holdAfter = 100 * time.Millisecond

	// Failed jobs come back after 1 s, then twice that each time up to a
	// minute: quick for a hiccup, easy on a service that is down.
	minRetryDelay = time.Second
	maxRetryDelay = time.Minute

	// The queue is tried again after the queue's own retries have given up.
	minQueueDelay = 500 * time.Millisecond
	maxQueueDelay = 5 * time.Second

	// A volume that took no writes is probed this often.
	minProbeDelay = time.Second
	maxProbeDelay = 30 * time.Second
	// troubleDelay is how long a job is hidden whose result or attempt could
	// not be written; other workers share the volume and its trouble.
	troubleDelay = 5 * time.Second

	// handlerGrace is how long a kind may take to return after its context
	// ended. The kind command needs 7 s: 5 s from SIGTERM to SIGKILL and 2 s to
	// read the rest of the output.
	handlerGrace = 10 * time.Second
	// settleLimit is how long a draining worker tries to hand back its jobs to
	// a queue that does not answer.
	settleLimit = 5 * time.Second
	// deadlineMargin is kept free before an announced end: handlerGrace,
	// settleLimit and unprotectLimit must fit in it.
	deadlineMargin = 20 * time.Second

	// protectionIdle is how long a worker has no job before it takes the machine's
	// protection back, and up to half as long again. Setting protection is an API
	// call whose rate all machines of an account share: with thousands of workers
	// it must not follow every pause between jobs, nor all of them do it at once
	// when a batch ends. The price is that a machine is kept so much longer.
	protectionIdle = 30 * time.Second
	// protectionLimit is how long one change of the protection may take, with the
	// group's own retries.
	protectionLimit = 30 * time.Second
	// A change that failed is tried again after so long.
	minProtectionDelay = 5 * time.Second
	maxProtectionDelay = 5 * time.Minute
	// unprotectLimit is how long a worker that has drained tries to take the
	// protection back. If it fails the group cannot take the machine away while it
	// runs, and a next worker on it takes the protection back.
	unprotectLimit = 3 * time.Second
	// leaveLimit is how long it then tries to let the machine go. A group may say
	// for some seconds that it does not wait for the machine yet: AWS does not
	// document it, users of EC2 Auto Scaling report it. If it fails the machine
	// goes when the group has waited long enough.
	leaveLimit = 15 * time.Second
	// leftLimit is how long after a machine has left its group by itself its worker
	// waits for the end and takes no jobs. Groups delete within seconds; a machine
	// that lives on, since the deletion failed after it was planned, would be paid
	// for nothing.
	leftLimit = 5 * time.Minute

	// removeLimit is how long a worker that ends tries to remove its state.
	removeLimit = 5 * time.Second
)

// pace is how often a worker writes its state on the volume: on changes, at most
// once in least, and without any once in most.
type pace struct{ least, most time.Duration }

var (
	// folderPace shows a dead worker after 15 s, three times as long as the pace.
	folderPace = pace{time.Second, 5 * time.Second}
	// meteredPace is for volumes on which every write is paid for, $5 a million on
	// S3 and Cloud Storage: a worker costs $0.007 a day idle, at most $0.03 busy.
	meteredPace = pace{15 * time.Second, time.Minute}
)

func paceOf(v *volume.Volume) pace {
	if v.IsMetered() {
		return meteredPace
	}
	return folderPace
}

// maxSettling is how many jobs that have ended may wait, without taking a slot,
// for their results to be durable and acknowledged: a group on its way to the
// disk, one that gathers, and as many that are being acknowledged.
const maxSettling = 4 * volume.MaxGroup

// backoff is the delay after a number of failures, from 1: min, doubled with
// each further failure up to max, times 0.5..1 so that workers fall out of
// step.
func backoff(failures int, min, max time.Duration, random float64) time.Duration {
	d := max
	if shift := failures - 1; shift < 16 && min<<shift < max {
		d = min << shift
	}
	return time.Duration(float64(d) * (0.5 + random/2))
}
