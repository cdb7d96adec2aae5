package compute

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Scheme of the URLs of groups.
const Scheme = "mig"

// Group is a managed instance group: one of a zone, or one of a region, whose
// machines are in several zones.
type Group struct {
	Project string
	// Location is a zone, such as europe-west1-b, or a region, such as
	// europe-west1.
	Location string
	Name     string
}

// Patterns of the parts; lengths are checked beside them. Sources: "Create and
// manage projects" in the documentation of Resource Manager, "Regions and zones"
// and "Naming resources" in that of Compute Engine.
var (
	projectPattern = regexp.MustCompile(`^[a-z][a-z0-9-]*[a-z0-9]$`)
	regionPattern  = regexp.MustCompile(`^[a-z]+-[a-z]+[0-9]+$`)
	zonePattern    = regexp.MustCompile(`^[a-z]+-[a-z]+[0-9]+-[a-z][a-z0-9]*$`)
	namePattern    = regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)
)

const (
	minProject, maxProject = 6, 30
	maxName                = 63
)

// ValidName reports whether machines and groups may be called so.
func ValidName(name string) bool { return len(name) <= maxName && namePattern.MatchString(name) }

// ValidProject reports whether a project may have that ID. Older ones with a
// domain in front, such as example.com:grid, are not taken.
func ValidProject(id string) bool {
	return len(id) >= minProject && len(id) <= maxProject && projectPattern.MatchString(id)
}

// IsRegional reports whether the group's machines are in several zones.
func (g Group) IsRegional() bool { return regionPattern.MatchString(g.Location) }

// path of the group below the API.
func (g Group) path() string {
	kind := "zones"
	if g.IsRegional() {
		kind = "regions"
	}
	return "projects/" + g.Project + "/" + kind + "/" + g.Location + "/instanceGroupManagers/" + g.Name
}

// GroupOf reads the group of a URL like mig://PROJECT/LOCATION/GROUP, whatever its
// parameters are. The error names every fault.
func GroupOf(u *url.URL) (Group, error) {
	location, name, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	g := Group{Project: u.Host, Location: location, Name: name}
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if u.Scheme != Scheme {
		bad("scheme is %q, want %s", u.Scheme, Scheme)
	}
	if u.User != nil {
		bad("it has a user or password, want none: credentials are the machine's own or application default credentials")
	}
	if u.Fragment != "" {
		bad("it has a fragment %q, want none", u.Fragment)
	}
	if !ValidProject(g.Project) {
		bad("project is %q, want an ID of %d..%d lower-case letters, digits and hyphens", g.Project, minProject, maxProject)
	}
	if !g.IsRegional() && !zonePattern.MatchString(g.Location) {
		bad("location is %q, want a zone such as europe-west1-b or a region such as europe-west1", g.Location)
	}
	if !ValidName(g.Name) {
		bad("group is %q, want 1..%d lower-case letters, digits and hyphens, starting with a letter", g.Name, maxName)
	}
	return g, errors.Join(errs...)
}
