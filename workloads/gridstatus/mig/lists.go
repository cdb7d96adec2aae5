package mig

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/spotgrid/spotgrid/workloads/gridstatus"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/compute"
	"github.com/spotgrid/spotgrid/workloads/machinegroup/mig/rest"
)

// endpoint is where Compute Engine is, unless compute.EndpointVariable says
// otherwise.
const endpoint = "https://compute.googleapis.com/compute/v1"

func newLists() (*rest.Client, error) {
	return rest.New(rest.Options{Base: cmp.Or(os.Getenv(compute.EndpointVariable), endpoint)})
}

// group is a managed instance group. Source: "REST Resource:
// instanceGroupManagers" in the API reference.
type group struct {
	Name             string         `json:"name"`
	Zone             string         `json:"zone"`   // a URL; "" if it is one of a region
	Region           string         `json:"region"` // a URL
	BaseInstanceName string         `json:"baseInstanceName"`
	TargetSize       int            `json:"targetSize"`
	CurrentActions   map[string]int `json:"currentActions"`
}

// staying are the actions of machines that run and are not about to end, as they
// are spelled in currentActions.
var staying = map[string]bool{"none": true, "refreshing": true, "verifying": true}

func (g group) status() gridstatus.Group {
	s := gridstatus.Group{Name: g.Name, Location: path.Base(cmp.Or(g.Zone, g.Region)), Desired: g.TargetSize}
	for action, count := range g.CurrentActions {
		switch {
		case staying[action]:
			s.InService += count
		case count > 0:
			if s.Changing == nil {
				s.Changing = map[string]int{}
			}
			s.Changing[word(action)] = count
		}
	}
	return s
}

// word is an action as it is spelled everywhere else: CREATING_WITHOUT_RETRIES
// for creatingWithoutRetries.
func word(action string) string {
	var b strings.Builder
	for _, r := range action {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}

// machine is an instance. Source: "REST Resource: instances" in the API
// reference.
type machine struct {
	Name        string `json:"name"`
	Zone        string `json:"zone"`        // a URL
	MachineType string `json:"machineType"` // a URL
	Status      string `json:"status"`
}

func (m machine) worker() gridstatus.Worker {
	return gridstatus.Worker{Name: m.Name, State: m.Status, Machine: &gridstatus.Machine{Zone: path.Base(m.Zone), Type: path.Base(m.MachineType)}}
}

// scope is what a zone or a region has of what was asked for.
type scope struct {
	Groups   []group   `json:"instanceGroupManagers"`
	Machines []machine `json:"instances"`
}

// listGroups lists the groups whose machines are called after one of the
// prefixes, and the places that did not answer.
func (d *Driver) listGroups(ctx context.Context, prefixes []string) (all []group, unseen []string, err error) {
	unseen, err = d.list(ctx, "instanceGroupManagers", "baseInstanceName", prefixes,
		"instanceGroupManagers(name,zone,region,baseInstanceName,targetSize,currentActions)",
		func(s scope) { all = append(all, s.Groups...) })
	return all, unseen, err
}

// listMachines lists the machines whose names start with one of the prefixes, and
// the places that did not answer.
func (d *Driver) listMachines(ctx context.Context, prefixes []string) (all []machine, unseen []string, err error) {
	unseen, err = d.list(ctx, "instances", "name", prefixes, "instances(name,zone,machineType,status)",
		func(s scope) { all = append(all, s.Machines...) })
	return all, unseen, err
}

// list reads every page of what a project has in all its zones and regions.
// Sources: instanceGroupManagers.aggregatedList and instances.aggregatedList in
// the API reference; with eq the filter's value is a regular expression that must
// match the whole field, and with returnPartialSuccess a zone that is away costs
// only itself.
func (d *Driver) list(ctx context.Context, what, field string, prefixes []string, fields string, take func(scope)) (unseen []string, err error) {
	query := url.Values{
		"filter":     {field + ` eq "(` + strings.Join(prefixes, "|") + `)-.*"`},
		"fields":     {"nextPageToken,unreachables,items/*/" + fields},
		"maxResults": {"500"}, "returnPartialSuccess": {"true"},
	}
	for {
		var page struct {
			Items       map[string]scope `json:"items"`
			Unreachable []string         `json:"unreachables"`
			Next        string           `json:"nextPageToken"`
		}
		err := d.lists.Do(ctx, rest.Call{Method: http.MethodGet, Path: "projects/" + d.project + "/aggregated/" + what, Query: query, Out: &page})
		if err != nil {
			return nil, err
		}
		for _, s := range page.Items {
			take(s)
		}
		unseen = append(unseen, page.Unreachable...)
		if page.Next == "" {
			return unseen, nil
		}
		query.Set("pageToken", page.Next)
	}
}
