package interrupt

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// item is a place in the metadata where the end may be announced.
type item struct {
	name, path string
	// read makes a notice of what it says, the zero Notice of what is none.
	read func(p *poller, body []byte) (Notice, error)
}

// items are asked for in this order: what leaves the least time comes first.
var items = []item{
	{"spot instance action", "/latest/meta-data/spot/instance-action", readAction},
	{"target lifecycle state", "/latest/meta-data/autoscaling/target-lifecycle-state", readState},
	{"rebalance recommendation", "/latest/meta-data/events/recommendations/rebalance", readRebalance},
}

// readAction reads the notice of a spot interruption, two minutes ahead.
// Source: "Spot Instance interruption notices" in the EC2 user guide.
func readAction(_ *poller, body []byte) (Notice, error) {
	var action struct {
		Action string    `json:"action"`
		Time   time.Time `json:"time"`
	}
	if err := json.Unmarshal(body, &action); err != nil {
		return Notice{}, fmt.Errorf("reading it: %w", err)
	}
	switch action.Action {
	case "terminate", "stop", "hibernate":
	default:
		return Notice{}, fmt.Errorf("action is %q, want terminate, stop or hibernate", action.Action)
	}
	if action.Time.IsZero() {
		return Notice{}, errors.New("it has no time")
	}
	return Notice{Action: action.Action, Deadline: action.Time, Source: SourceEC2}, nil
}

// stateTerminated is the state that a machine in service is going to when its
// group takes it away. The others, such as InService, Standby and those of a
// machine in a warm pool (Warmed:Stopped, Warmed:Terminated and so on), are no
// end of a worker's work. Source: "Retrieve the target lifecycle state through
// instance metadata" in the Auto Scaling user guide.
const stateTerminated = "Terminated"

// readState reads where the machine's group takes it. How long the group waits is
// its termination hook's heartbeat, which the metadata do not tell: the notice
// has no deadline.
func readState(_ *poller, body []byte) (Notice, error) {
	if strings.TrimSpace(string(body)) != stateTerminated {
		return Notice{}, nil
	}
	return Notice{Action: "terminate", Source: SourceGroup}, nil
}

// readRebalance reads a rebalance recommendation, which has a time but no end.
// Source: "EC2 instance rebalance recommendations" in the EC2 user guide.
func readRebalance(p *poller, body []byte) (Notice, error) {
	var recommendation struct {
		Time time.Time `json:"noticeTime"`
	}
	if err := json.Unmarshal(body, &recommendation); err != nil {
		return Notice{}, fmt.Errorf("reading it: %w", err)
	}
	if p.DrainOnRebalance {
		return Notice{Action: "terminate", Source: SourceRebalance}, nil
	}
	if !p.isRecommended {
		p.isRecommended = true
		p.Log.Info("EC2 recommends to rebalance: a spot interruption has become likelier; the worker goes on until it is told", "since", recommendation.Time)
	}
	return Notice{}, nil
}
