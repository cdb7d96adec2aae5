package history

import (
	"regexp"
	"strings"
)

// record is one row or JSON value.
type record struct {
	alert Alert
	title string // of an incident
	// skip: it is no firing.
	skip bool
	line int
}

// columns are what plain records may have.
type columns struct {
	names []string
	// needsRule: a record without one is a fault.
	needsRule bool
}

var (
	alertColumns    = columns{[]string{"time", "rule", "key", "acted", "acknowledged_at"}, true}
	incidentColumns = columns{[]string{"time", "id", "title", "severity"}, false}
)

func (c columns) allowed() string { return strings.Join(c.names, ", ") }

var digits = regexp.MustCompile(`[0-9]+`)

// ruleOfTitle makes a rule's name of an alert's title, for sources that have no
// rules: what changes from one alert to the next is mostly numbers, so each is
// made a #.
func ruleOfTitle(service, title string) string {
	title = digits.ReplaceAllString(title, "#")
	if service == "" {
		return clean(title)
	}
	return clean(service + ": " + title)
}

// parseBool reads what exports write for yes and no; ok is false for anything
// else.
func parseBool(s string) (yes, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "1":
		return true, true
	case "false", "no", "0":
		return false, true
	}
	return false, false
}

func actedIf(yes bool) Acted {
	if yes {
		return ActedYes
	}
	return ActedNo
}
