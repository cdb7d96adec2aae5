package asg

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// address is what a machine's URL says.
type address struct {
	region, group, instance, hook string
}

// maxName is the longest name of a group or a hook. It is not in the patterns: one
// that counts so far takes half a millisecond of every start of the program.
const maxName = 255

// Patterns of the parts. Sources: AutoScalingGroupName of CreateAutoScalingGroup
// and LifecycleHookName of PutLifecycleHook in the Auto Scaling API reference;
// "Resource IDs" in the EC2 user guide.
var (
	regionPattern   = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	groupPattern    = regexp.MustCompile(`^[!-9;-~]+$`) // any visible ASCII but the colon
	hookPattern     = regexp.MustCompile(`^[A-Za-z0-9_/-]+$`)
	instancePattern = regexp.MustCompile(`^i-([0-9a-f]{8}|[0-9a-f]{17})$`)
)

// parse reads a URL strictly and reports every fault.
func parse(u *url.URL) (address, error) {
	a := address{region: u.Host, group: strings.TrimPrefix(u.Path, "/")}
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if u.Scheme != "asg" {
		bad("scheme is %q, want asg", u.Scheme)
	}
	if u.User != nil {
		bad("it has a user or password, want none: credentials come from the environment, a profile or the machine's role")
	}
	if u.Fragment != "" {
		bad("it has a fragment %q, want none", u.Fragment)
	}
	if !regionPattern.MatchString(a.region) {
		bad("region is %q, want one such as eu-central-1", a.region)
	}
	if len(a.group) > maxName || !groupPattern.MatchString(a.group) {
		bad("group is %q, want 1..255 visible ASCII characters without a colon", a.group)
	}
	errs = append(errs, a.readParameters(u.RawQuery)...)
	if err := errors.Join(errs...); err != nil {
		return address{}, fmt.Errorf("reading the machine's URL, asg://REGION/GROUP?instance=INSTANCE-ID&hook=HOOK: %w", err)
	}
	return a, nil
}

// readParameters takes instance and hook, each given once.
func (a *address) readParameters(query string) (errs []error) {
	params, err := url.ParseQuery(query)
	if err != nil {
		errs = append(errs, fmt.Errorf("parameters: %w", err))
	}
	for _, p := range []struct {
		name    string
		to      *string
		pattern *regexp.Regexp
		want    string
	}{
		{"instance", &a.instance, instancePattern, "one such as i-0123456789abcdef0"},
		{"hook", &a.hook, hookPattern, "one of 1..255 letters, digits, hyphens, underscores and slashes"},
	} {
		given := params[p.name]
		delete(params, p.name)
		if len(given) != 1 || len(given[0]) > maxName || !p.pattern.MatchString(given[0]) {
			errs = append(errs, fmt.Errorf("parameter %s is %q, want %s", p.name, given, p.want))
			continue
		}
		*p.to = given[0]
	}
	for name := range params {
		errs = append(errs, fmt.Errorf("parameter %q is unknown, want instance and hook", name))
	}
	return errs
}
