// Package listtest adds to a stand-in for Google Cloud the lists of what a whole
// project has: its managed instance groups and its machines. It heeds filters and
// pages as the API reference describes them.
package listtest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/computetest"
)

// Group is a managed instance group.
type Group struct {
	Name string
	// Location is a zone or a region.
	Location string
	// Base is what its machines are called after.
	Base   string
	Target int
	// Actions counts its machines by what it does with them, such as none and
	// creating.
	Actions map[string]int
}

// Machine is an instance.
type Machine struct{ Name, Zone, Type, Status string }

// Project is what there is.
type Project struct {
	Groups   []Group
	Machines []Machine
	// Unreachable are places that do not answer, such as zones/europe-west1-b.
	Unreachable []string
	// PageSize is how many a page has at most; 0: as many as are asked for.
	PageSize int
}

const compute = "https://www.googleapis.com/compute/v1/projects/" + computetest.Project

// Serve has the server list the project.
func (p Project) Serve(s *computetest.Server) {
	at := "GET /compute/v1/projects/" + computetest.Project + "/aggregated/"
	s.Handle(at+"instanceGroupManagers", func(w http.ResponseWriter, r *http.Request) {
		p.list(w, r, "instanceGroupManagers", "baseInstanceName", p.groups())
	})
	s.Handle(at+"instances", func(w http.ResponseWriter, r *http.Request) { p.list(w, r, "instances", "name", p.machines()) })
}

// entry is one thing of a list.
type entry struct {
	scope string
	item  map[string]any
}

func (p Project) groups() (all []entry) {
	for _, g := range p.Groups {
		item := map[string]any{"name": g.Name, "baseInstanceName": g.Base, "targetSize": g.Target, "currentActions": g.Actions}
		kind := "zone"
		if strings.Count(g.Location, "-") == 1 {
			kind = "region"
		}
		scope := kind + "s/" + g.Location
		item[kind] = compute + "/" + scope
		all = append(all, entry{scope, item})
	}
	return all
}

func (p Project) machines() (all []entry) {
	for _, m := range p.Machines {
		scope := "zones/" + m.Zone
		all = append(all, entry{scope, map[string]any{
			"name": m.Name, "zone": compute + "/" + scope, "machineType": compute + "/" + scope + "/machineTypes/" + m.Type, "status": m.Status,
		}})
	}
	return all
}

var filterPattern = regexp.MustCompile(`^([A-Za-z]+) eq "(.*)"$`)

// list answers with a page of the entries whose field matches the filter. Without
// returnPartialSuccess it fails if a place does not answer.
func (p Project) list(w http.ResponseWriter, r *http.Request, what, field string, all []entry) {
	q := r.URL.Query()
	f := filterPattern.FindStringSubmatch(q.Get("filter"))
	most, err := strconv.Atoi(q.Get("maxResults"))
	switch {
	case f == nil || f[1] != field || err != nil || most > 500 || !strings.Contains(q.Get("fields"), "items/*/"+what+"("):
		http.Error(w, `{"error":{"code":400,"message":"invalid","errors":[{"reason":"invalid"}]}}`, http.StatusBadRequest)
		return
	case len(p.Unreachable) > 0 && q.Get("returnPartialSuccess") != "true":
		http.Error(w, `{"error":{"code":503,"message":"a zone is away"}}`, http.StatusServiceUnavailable)
		return
	}
	wanted := regexp.MustCompile("^(?:" + f[2] + ")$")
	var matching []entry
	for _, e := range all {
		if wanted.MatchString(e.item[field].(string)) {
			matching = append(matching, e)
		}
	}
	if p.PageSize > 0 {
		most = p.PageSize
	}
	first, _ := strconv.Atoi(q.Get("pageToken")) // 0 for the first page
	page, end := map[string]map[string][]any{}, min(first+most, len(matching))
	for _, e := range matching[first:end] {
		if page[e.scope] == nil {
			page[e.scope] = map[string][]any{}
		}
		page[e.scope][what] = append(page[e.scope][what], e.item)
	}
	answer := map[string]any{"items": page, "unreachables": p.Unreachable}
	if end < len(matching) {
		answer["nextPageToken"] = strconv.Itoa(end)
	}
	_ = json.NewEncoder(w).Encode(answer) // the client notices
}
