package nats

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// address is what a queue's URL says.
type address struct {
	server    string // nats://host:port
	queue     string
	tokenFile string // "" where the server asks for none
}

// parse reads a URL strictly and reports every fault.
func parse(u *url.URL) (address, error) {
	a := address{server: "nats://" + u.Host, queue: strings.TrimPrefix(u.Path, "/")}
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if u.Scheme != "nats" {
		bad("scheme is %q, want nats", u.Scheme)
	}
	if u.Hostname() == "" || u.Port() == "" {
		bad("host is %q, want HOST:PORT", u.Host)
	}
	if u.User != nil {
		bad("it has a user or password, want the parameter token_file=PATH instead")
	}
	if u.Fragment != "" {
		bad("it has a fragment %q, want none", u.Fragment)
	}
	if err := checkName("the path after the slash", a.queue); err != nil {
		errs = append(errs, err)
	}
	for name, values := range u.Query() {
		switch {
		case name != "token_file":
			bad("parameter %q is unknown, want token_file", name)
		case len(values) != 1 || !filepath.IsAbs(values[0]):
			bad("token_file is %q, want one absolute path", values)
		default:
			a.tokenFile = values[0]
		}
	}
	if err := errors.Join(errs...); err != nil {
		return address{}, fmt.Errorf("reading the queue's URL: %w", err)
	}
	return a, nil
}
