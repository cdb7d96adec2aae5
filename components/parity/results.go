package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// module is what packages' import paths start with.
const module = "github.com/spotgrid/spotgrid/"

// event is a line of `go test -json` (go doc test2json).
type event struct{ Action, Package, Test, Output string }

// outcome is how a case of a suite ended with one driver.
type outcome struct {
	passed, skipped, failed bool
	// reasons are why parts of it were skipped.
	reasons []string
}

// results are outcomes by package and case.
type results map[string]map[string]*outcome

// reasonPattern finds what t.Skip printed.
var reasonPattern = regexp.MustCompile(`^\s+[a-z0-9_]+\.go:[0-9]+: (.+)\n$`)

// read takes the outcomes of the suites' cases from the output of `go test -json`.
func read(in io.Reader) (results, error) {
	byPackage := map[string]driver{}
	for _, s := range suites {
		for _, d := range s.drivers {
			byPackage[module+d.pkg] = d
		}
	}
	found, said := results{}, map[string]string{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("reading the tests' output: %w: want what `go test -json` prints", err)
		}
		d, ok := byPackage[e.Package]
		if !ok || e.Test == "" {
			continue
		}
		if m := reasonPattern.FindStringSubmatch(e.Output); m != nil {
			said[e.Package+"/"+e.Test] = m[1]
		}
		if name, ok := d.caseOf(e.Test); ok {
			found.note(d, name, e, said[e.Package+"/"+e.Test])
		}
	}
	return found, lines.Err()
}

// caseOf is the suite's case that a test is, or is a part of.
func (d driver) caseOf(test string) (string, bool) {
	part := strings.Split(test, "/")
	if !strings.HasPrefix(part[0], d.test) || len(part) <= d.depth {
		return "", false
	}
	return strings.ReplaceAll(part[d.depth], "_", " "), true
}

func (r results) note(d driver, name string, e event, reason string) {
	if r[d.pkg] == nil {
		r[d.pkg] = map[string]*outcome{}
	}
	o := r[d.pkg][name]
	if o == nil {
		o = &outcome{}
		r[d.pkg][name] = o
	}
	isCase := strings.Count(e.Test, "/") == d.depth
	switch e.Action {
	case "pass":
		o.passed = o.passed || isCase
	case "fail":
		o.failed = true
	case "skip":
		o.skipped = o.skipped || isCase
		if reason != "" && !slices.Contains(o.reasons, reason) {
			o.reasons = append(o.reasons, reason)
		}
	}
}

// check refuses results that say nothing of a driver: its tests did not run.
func (r results) check() error {
	var errs []error
	for _, s := range suites {
		for _, d := range s.drivers {
			if len(r[d.pkg]) == 0 {
				errs = append(errs, fmt.Errorf("package %s ran no case of its suite: is what it needs installed (make test-cloud)?", d.pkg))
			}
		}
	}
	return errors.Join(errs...)
}

// cases of a suite that any driver ran, in order.
func (r results) cases(s suite) (names []string) {
	for _, d := range s.drivers {
		for name := range r[d.pkg] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
