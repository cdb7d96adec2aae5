package sqs

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// address is what a queue's URL says.
type address struct {
	host, region, account, name string
	// ofAWS: the host is a public one of AWS, which the SDK finds by region.
	ofAWS bool
}

// queueURL is how SQS itself addresses the queue.
func (a address) queueURL() string { return "https://" + a.host + "/" + a.account + "/" + a.name }

var (
	// hostPattern matches the public SQS hosts of AWS and AWS in China. Source:
	// https://docs.aws.amazon.com/general/latest/gr/sqs-service.html.
	hostPattern    = regexp.MustCompile(`^sqs\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$`)
	regionPattern  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	namePattern    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)
)

// parse reads a URL strictly and reports every fault.
func parse(u *url.URL) (address, error) {
	a := address{host: u.Host}
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if u.Scheme != "sqs" {
		bad("scheme is %q, want sqs", u.Scheme)
	}
	if u.User != nil {
		bad("it has a user or password, want none: credentials come from the environment, a profile or the machine's role")
	}
	if u.Fragment != "" {
		bad("it has a fragment %q, want none", u.Fragment)
	}
	errs = append(errs, a.readPath(u.Path)...)
	errs = append(errs, a.readRegion(u.Query())...)
	if err := errors.Join(errs...); err != nil {
		return address{}, fmt.Errorf("reading the queue's URL, sqs://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE: %w", err)
	}
	return a, nil
}

func (a *address) readPath(path string) (errs []error) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) != 2 {
		return []error{fmt.Errorf("path is %q, want /ACCOUNT/QUEUE", path)}
	}
	a.account, a.name = parts[0], parts[1]
	if !accountPattern.MatchString(a.account) {
		errs = append(errs, fmt.Errorf("account is %q, want 12 digits", a.account))
	}
	switch {
	case strings.HasSuffix(a.name, ".fifo"):
		errs = append(errs, fmt.Errorf("queue is %q, a FIFO queue, want a standard queue", a.name))
	case !namePattern.MatchString(a.name):
		errs = append(errs, fmt.Errorf("queue is %q, want 1..80 letters, digits, hyphens and underscores", a.name))
	}
	return errs
}

// readRegion takes the region from the host, or from the parameter where the
// host does not say.
func (a *address) readRegion(params url.Values) (errs []error) {
	for name := range params {
		if name != "region" {
			errs = append(errs, fmt.Errorf("parameter %q is unknown, want region", name))
		}
	}
	given, isGiven := params["region"]
	if isGiven && (len(given) != 1 || !regionPattern.MatchString(given[0])) {
		return append(errs, fmt.Errorf("region is %q, want one such as eu-central-1", given))
	}
	if of := hostPattern.FindStringSubmatch(a.host); of != nil {
		a.region, a.ofAWS = of[1], true
	}
	switch {
	case a.host == "":
		errs = append(errs, errors.New("it has no host, want sqs.REGION.amazonaws.com"))
	case a.ofAWS && !regionPattern.MatchString(a.region):
		errs = append(errs, fmt.Errorf("region in the host is %q, want one such as eu-central-1", a.region))
	case a.ofAWS && isGiven && given[0] != a.region:
		errs = append(errs, fmt.Errorf("region is %q but the host is in %q", given[0], a.region))
	case !a.ofAWS && !isGiven:
		errs = append(errs, fmt.Errorf("host %q does not say the region, want sqs.REGION.amazonaws.com or the parameter region=REGION", a.host))
	case !a.ofAWS:
		a.region = given[0]
	}
	return errs
}
