package asg_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"sync"
)

// member is an instance of a group.
type member struct {
	state       string // InService, Terminating:Wait or Terminating:Proceed
	isProtected bool
}

// query is EC2 Auto Scaling's Query API for groups of one instance: the two
// actions of the driver, of which moto has one. It stands in for what the API
// reference says of them, and refuses in the words that users of AWS report.
type query struct {
	mu     sync.Mutex
	groups map[string]map[string]*member
	hook   string
	// refuse, if set, is the error code of every answer.
	refuse string
	// seen are the requests, without what signs them.
	seen []map[string]string
	// silent, if set, is told of every request, which is then never answered.
	silent chan struct{}
}

// answer is the result of an action, or an error.
type answer struct {
	XMLName xml.Name
	Result  *result
	Code    string `xml:"Error>Code,omitempty"`
	Message string `xml:"Error>Message,omitempty"`
}

// result has a name of its own and nothing in it.
type result struct{ XMLName xml.Name }

func (s *query) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if s.silent != nil {
		s.silent <- struct{}{}
		<-r.Context().Done()
		return
	}
	action := r.PostFormValue("Action")
	code, message := s.act(action, r)
	out := answer{XMLName: xml.Name{Local: action + "Response"}, Result: &result{xml.Name{Local: action + "Result"}}}
	w.Header().Set("Content-Type", "text/xml")
	if code != "" {
		out = answer{XMLName: xml.Name{Local: "ErrorResponse"}, Code: code, Message: message}
		w.WriteHeader(http.StatusBadRequest)
	}
	_ = xml.NewEncoder(w).Encode(out) // the client notices
}

func (s *query) act(action string, r *http.Request) (code, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	request := map[string]string{}
	for name := range r.PostForm {
		request[name] = r.PostFormValue(name)
	}
	s.seen = append(s.seen, request)
	if s.refuse != "" {
		return s.refuse, "no"
	}
	name := request["AutoScalingGroupName"]
	group := s.groups[name]
	if group == nil {
		return "ValidationError", fmt.Sprintf("AutoScalingGroup name not found - AutoScalingGroup %s not found", name)
	}
	switch action {
	case "SetInstanceProtection":
		return protect(group, name, request["InstanceIds.member.1"], request["ProtectedFromScaleIn"] == "true")
	case "CompleteLifecycleAction":
		return complete(group, request["InstanceId"], request["LifecycleHookName"] == s.hook && request["LifecycleActionResult"] == "CONTINUE")
	}
	return "InvalidAction", action
}

func protect(group map[string]*member, name, instance string, on bool) (code, message string) {
	m := group[instance]
	switch {
	case m == nil:
		return "ValidationError", fmt.Sprintf("The instance %s is not part of Auto Scaling group %s.", instance, name)
	case m.state != "InService":
		return "ValidationError", fmt.Sprintf("The instance %s is not in InService or EnteringStandby or Standby.", instance)
	}
	m.isProtected = on
	return "", ""
}

func complete(group map[string]*member, instance string, isRight bool) (code, message string) {
	m := group[instance]
	if m == nil || m.state != "Terminating:Wait" || !isRight {
		return "ValidationError", "No active Lifecycle Action found with instance ID " + instance
	}
	m.state = "Terminating:Proceed"
	return "", ""
}

func (s *query) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}
