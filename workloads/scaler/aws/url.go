package aws

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// queue is a queue of SQS, group a group of EC2 Auto Scaling.
type (
	queue struct{ region, account, name string }
	group struct{ region, name string }
)

// url is how SQS itself addresses the queue.
func (q queue) url() string {
	return "https://sqs." + q.region + ".amazonaws.com/" + q.account + "/" + q.name
}

// maxGroupName is the longest name of a group.
const maxGroupName = 255

// Patterns of the parts. Sources: "Amazon SQS endpoints and quotas" in the AWS
// general reference, QueueName of CreateQueue in the SQS API reference, without
// FIFO queues; AutoScalingGroupName of CreateAutoScalingGroup in the EC2 Auto Scaling
// API reference.
var (
	regionPattern  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	queuePattern   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)
	groupPattern   = regexp.MustCompile(`^[!-9;-~]+$`) // any visible ASCII but the colon
)

// faults collects what is wrong with a URL.
type faults []error

func (f *faults) check(ok bool, format string, args ...any) {
	if !ok {
		*f = append(*f, fmt.Errorf(format, args...))
	}
}

// read checks what all URLs have in common.
func read(raw, scheme string) (*url.URL, faults, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, nil, errors.New("not a URL") // whose error would repeat it
	}
	var f faults
	f.check(u.Scheme == scheme, "scheme is %q, want %s", u.Scheme, scheme)
	f.check(u.User == nil, "it has a user or password, want none: credentials come from the environment, a profile or the machine's role")
	f.check(u.RawQuery == "" && !u.ForceQuery && u.Fragment == "", "it has parameters or a fragment, want none")
	return u, f, nil
}

func queueOf(raw string) (q queue, err error) {
	u, f, err := read(raw, "sqs")
	if err != nil {
		return q, fmt.Errorf("%w, want sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE", err)
	}
	host, isOfSQS := strings.CutPrefix(u.Host, "sqs.")
	region, isPublic := strings.CutSuffix(host, ".amazonaws.com")
	q.region = region
	q.account, q.name, _ = strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	f.check(isOfSQS && isPublic && regionPattern.MatchString(q.region), "host is %q, want sqs.REGION.amazonaws.com", u.Host)
	f.check(accountPattern.MatchString(q.account), "account is %q, want 12 digits", q.account)
	f.check(queuePattern.MatchString(q.name), "queue is %q, want 1..80 letters, digits, hyphens and underscores", q.name)
	return q, errors.Join(f...)
}

func groupOf(raw string) (g group, err error) {
	u, f, err := read(raw, "asg")
	if err != nil {
		return g, fmt.Errorf("%w, want asg://REGION/GROUP", err)
	}
	g = group{region: u.Host, name: strings.TrimPrefix(u.Path, "/")}
	f.check(regionPattern.MatchString(g.region), "region is %q, want one such as eu-central-1", g.region)
	f.check(len(g.name) <= maxGroupName && groupPattern.MatchString(g.name), "group is %q, want 1..%d visible ASCII characters without a colon", g.name, maxGroupName)
	return g, errors.Join(f...)
}

// CheckQueue says what is wrong with the URL of a queue.
func (c *Cloud) CheckQueue(raw string) error {
	_, err := queueOf(raw)
	return err
}

// CheckGroup says what is wrong with the URL of a group.
func (c *Cloud) CheckGroup(raw string) error {
	_, err := groupOf(raw)
	return err
}
