package mig

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/compute"
)

// address is what a machine's URL says.
type address struct {
	compute.Group
	instance string
	// min is how many machines the group must have, from 0.
	min int
}

// maxMin is far beyond what a group may have.
const maxMin = 100_000

// parse reads a URL strictly and reports every fault.
func parse(u *url.URL) (address, error) {
	group, err := compute.GroupOf(u)
	a := address{Group: group}
	errs := append([]error{err}, a.readParameters(u.RawQuery)...)
	if err := errors.Join(errs...); err != nil {
		return address{}, fmt.Errorf("reading the machine's URL, mig://PROJECT/ZONE-or-REGION/GROUP?instance=NAME&min=N: %w", err)
	}
	return a, nil
}

// readParameters takes instance, and min if there is one, each given once.
func (a *address) readParameters(query string) (errs []error) {
	params, err := url.ParseQuery(query)
	if err != nil {
		errs = append(errs, fmt.Errorf("parameters: %w", err))
	}
	if given := params["instance"]; len(given) == 1 && compute.ValidName(given[0]) {
		a.instance = given[0]
	} else {
		errs = append(errs, fmt.Errorf("parameter instance is %q, want the name of a machine", given))
	}
	if given, ok := params["min"]; ok {
		n, err := strconv.Atoi(given[0])
		if len(given) != 1 || err != nil || n < 0 || n > maxMin {
			errs = append(errs, fmt.Errorf("parameter min is %q, want a whole number 0..%d", given, maxMin))
		}
		a.min = n
	}
	for name := range params {
		if name != "instance" && name != "min" {
			errs = append(errs, fmt.Errorf("parameter %q is unknown, want instance and min", name))
		}
	}
	return errs
}
