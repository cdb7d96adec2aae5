package pubsub

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// address is what a queue's URL says. Without a subscription it is one that can
// only be sent to.
type address struct{ project, subscription, topic string }

// subscriptionPath and topicPath are how Pub/Sub addresses the two.
func (a address) subscriptionPath() string {
	return "projects/" + a.project + "/subscriptions/" + a.subscription
}

func (a address) topicPath() string { return "projects/" + a.project + "/topics/" + a.topic }

// name is what errors call the queue.
func (a address) name() string { return cmp.Or(a.subscription, a.topic) }

var (
	// projectPattern is that of project IDs. Source: REST resource projects in
	// the Resource Manager API reference. Older IDs with a domain in front,
	// such as example.com:grid, are not taken.
	projectPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{4,28}[a-z0-9]$`)
	// namePattern is that of topics and subscriptions. Source: Topic.name and
	// Subscription.name in the Pub/Sub API reference.
	namePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._~+%-]{2,254}$`)
)

// reservedPrefix is what no name may start with (same source).
const reservedPrefix = "goog"

// parse reads a URL strictly and reports every fault.
func parse(u *url.URL) (address, error) {
	a := address{project: u.Host, subscription: strings.TrimPrefix(u.Path, "/")}
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if u.Scheme != "pubsub" {
		bad("scheme is %q, want pubsub", u.Scheme)
	}
	if u.User != nil {
		bad("it has a user or password, want none: credentials are the application default ones of Google Cloud")
	}
	if u.Fragment != "" {
		bad("it has a fragment %q, want none", u.Fragment)
	}
	if !projectPattern.MatchString(a.project) {
		bad("project is %q, want the ID of a project: 6..30 of a-z, 0-9 and hyphens", a.project)
	}
	// A slash at the end is the place of a subscription that was left out by a
	// slip.
	if u.Path != "" {
		errs = append(errs, checkName("subscription", a.subscription))
	}
	errs = append(errs, a.readTopic(u.Query())...)
	if err := errors.Join(errs...); err != nil {
		return address{}, fmt.Errorf("reading the queue's URL, pubsub://PROJECT/SUBSCRIPTION?topic=TOPIC, or pubsub://PROJECT?topic=TOPIC to send only: %w", err)
	}
	return a, nil
}

func (a *address) readTopic(params url.Values) (errs []error) {
	for name := range params {
		if name != "topic" {
			errs = append(errs, fmt.Errorf("parameter %q is unknown, want topic", name))
		}
	}
	if given := params["topic"]; len(given) != 1 {
		return append(errs, fmt.Errorf("topic is given %d times, want once", len(given)))
	}
	a.topic = params.Get("topic")
	return append(errs, checkName("topic", a.topic))
}

func checkName(what, name string) error {
	if !namePattern.MatchString(name) || strings.HasPrefix(name, reservedPrefix) {
		return fmt.Errorf("%s is %q, want 3..255 letters, digits and -._~+%% that start with a letter but not with %q", what, name, reservedPrefix)
	}
	return nil
}
