package computetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// machinePattern is the partial URL by which machines are named.
var machinePattern = regexp.MustCompile(`^zones/([^/]+)/instances/([^/]+)$`)

// routes are the calls for groups of a zone and of a region, which are the same
// but for their paths.
func (s *Server) routes() {
	for _, kind := range []string{"zones", "regions"} {
		at := "/compute/v1/projects/" + Project + "/" + kind + "/{location}/instanceGroupManagers/{group}"
		for pattern, answer := range map[string]func(http.ResponseWriter, *http.Request, *Group){
			"GET " + at:                            get,
			"GET " + at + "/listErrors":            listErrors,
			"POST " + at + "/listManagedInstances": listMachines,
			"POST " + at + "/resize":               resize,
			"POST " + at + "/deleteInstances":      deleteMachines,
		} {
			s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
				s.mu.Lock()
				defer s.mu.Unlock()
				g := s.groups[key(r.PathValue("location"), r.PathValue("group"))]
				if isRegion := strings.Count(r.PathValue("location"), "-") == 1; g == nil || isRegion != (kind == "regions") {
					fail(w, http.StatusNotFound, "notFound")
					return
				}
				answer(w, r, g)
			})
		}
	}
}

func (m Machine) action() string {
	if m.Action == "" {
		return "NONE"
	}
	return m.Action
}

func get(w http.ResponseWriter, _ *http.Request, g *Group) {
	actions := map[string]int{}
	for _, m := range g.Machines {
		actions[strings.ToLower(m.action())]++
	}
	write(w, map[string]any{"targetSize": g.Target, "currentActions": actions})
}

func listErrors(w http.ResponseWriter, _ *http.Request, g *Group) {
	items := []any{}
	for _, f := range g.Failures {
		items = append(items, map[string]any{
			"timestamp": f.At, "error": map[string]string{"code": f.Code}, "instanceActionDetails": map[string]string{"action": f.Action},
		})
	}
	write(w, map[string]any{"items": items})
}

func (m Machine) url() string {
	return fmt.Sprintf("https://www.googleapis.com/compute/v1/projects/%s/zones/%s/instances/%s", Project, m.Zone, m.Name)
}

func listMachines(w http.ResponseWriter, _ *http.Request, g *Group) {
	list := []any{}
	for _, m := range g.Machines {
		list = append(list, map[string]string{"instance": m.url(), "instanceStatus": m.Status, "currentAction": m.action()})
	}
	write(w, map[string]any{"managedInstances": list})
}

// resize plans machines, or takes away those that do not run yet before others.
func resize(w http.ResponseWriter, r *http.Request, g *Group) {
	size, err := strconv.Atoi(r.URL.Query().Get("size"))
	if err != nil || size < 0 {
		fail(w, http.StatusBadRequest, "invalid")
		return
	}
	for n := len(g.Machines); n < size; n++ {
		g.Machines = append(g.Machines, Machine{Zone: Zone, Name: fmt.Sprintf("new-%d", n), Action: "CREATING"})
	}
	slices.SortStableFunc(g.Machines, func(a, b Machine) int { return strings.Compare(b.Status, a.Status) })
	g.Target, g.Machines = size, g.Machines[:min(size, len(g.Machines))]
	write(w, map[string]any{"kind": "compute#operation", "status": "RUNNING"})
}

func deleteMachines(w http.ResponseWriter, r *http.Request, g *Group) {
	var in struct {
		Instances []string `json:"instances"`
		Skip      bool     `json:"skipInstancesOnValidationError"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("Content-Type") != "application/json" {
		fail(w, http.StatusBadRequest, "parseError")
		return
	}
	for _, one := range in.Instances {
		parts := machinePattern.FindStringSubmatch(one)
		if parts == nil || !strings.HasPrefix(parts[1], r.PathValue("location")) {
			fail(w, http.StatusBadRequest, "invalid")
			return
		}
		at := slices.IndexFunc(g.Machines, func(m Machine) bool { return m.Zone == parts[1] && m.Name == parts[2] })
		switch {
		case at >= 0:
			g.Machines = slices.Delete(g.Machines, at, at+1)
			g.Target--
		case !in.Skip:
			fail(w, http.StatusBadRequest, "invalid")
			return
		}
	}
	write(w, map[string]any{"kind": "compute#operation", "status": "RUNNING"})
}
