package cost

import (
	"cmp"
	"slices"
	"strings"
)

// Resource is one of a stack's.
type Resource struct {
	URN string
	// Type is Pulumi's token, such as aws:sqs/queue:Queue.
	Type string
	// Parent and Provider are URNs; "" where there is none.
	Parent, Provider string
	inputs           map[string]any
}

// Name is the last part of the URN.
func (r Resource) Name() string { return r.URN[strings.LastIndex(r.URN, ":")+1:] }

// in is an input.
func (r Resource) in(path ...string) value { return value{map[string]any(r.inputs), known}.at(path...) }

// Deployment is the resources that a stack has, or would have.
type Deployment struct {
	Stack string
	// Config is that of the stack, by keys such as aws:region.
	Config    map[string]string
	Resources []Resource
	index     map[string]int
}

func newDeployment(stack string, config map[string]string, resources []Resource) Deployment {
	slices.SortStableFunc(resources, func(a, b Resource) int { return cmp.Compare(a.URN, b.URN) })
	d := Deployment{Stack: stack, Config: config, Resources: resources, index: map[string]int{}}
	for i, r := range resources {
		d.index[r.URN] = i
	}
	return d
}

func (d Deployment) find(urn string) (Resource, bool) {
	i, ok := d.index[urn]
	if !ok {
		return Resource{}, false
	}
	return d.Resources[i], true
}

// children are the resources right below one, of one type.
func (d Deployment) children(parent, typ string) []Resource {
	var found []Resource
	for _, r := range d.Resources {
		if r.Parent == parent && r.Type == typ {
			found = append(found, r)
		}
	}
	return found
}

// The components of package components.
const (
	gridType     = "spotgrid:grid:Grid"
	fleetType    = "spotgrid:fleet:Fleet"
	functionType = "spotgrid:function:Function"
	volumeType   = "spotgrid:volume:Volume"
	networkType  = "spotgrid:network:Network"
	watchType    = "spotgrid:watch:Watch"
)

// BudgetMonthlyUSD is what the stack's own watch holds its costs against, the
// largest where it has one in each cloud; 0 where it has none.
func (d Deployment) BudgetMonthlyUSD() float64 {
	most := 0.0
	for _, r := range d.Resources {
		if r.Type == watchType {
			budget, _ := r.in("monthlyBudgetUsd").number(0)
			most = max(most, budget)
		}
	}
	return most
}

// component is the nearest component above a resource, or itself, other than the
// grid; the zero Resource where there is none.
func (d Deployment) component(r Resource) Resource {
	for depth := 0; depth < maxDepth; depth++ {
		if strings.HasPrefix(r.Type, "spotgrid:") && r.Type != gridType && !strings.HasPrefix(r.Type, "spotgrid:index:") {
			return r
		}
		parent, ok := d.find(r.Parent)
		if !ok {
			return Resource{}
		}
		r = parent
	}
	return Resource{}
}

// maxDepth bounds the way up a tree that may be hostile: parents in a circle.
const maxDepth = 100

// componentName is what lines are grouped by: "fleet grid-spot".
func (d Deployment) componentName(r Resource) string {
	c := d.component(r)
	if c.URN == "" {
		return restName
	}
	kind, _, _ := strings.Cut(strings.TrimPrefix(c.Type, "spotgrid:"), ":")
	return kind + " " + c.Name()
}

// restName groups what belongs to no component.
const restName = "rest of the stack"

// region is where a resource is: by its own inputs, its provider's, or the
// config. "" where that is not known.
func (d Deployment) region(r Resource) string {
	for _, key := range placeInputs {
		if place := r.in(key).text(); place != "" {
			return regionOf(place)
		}
	}
	if provider, ok := d.find(providerURN(r.Provider)); ok {
		if place := provider.in("region").text(); place != "" {
			return place
		}
	}
	return d.Config[cloudOf(r.Type)+":region"]
}

// regionOf is the region of a zone of Google Cloud, and of a region itself. Names
// of buckets' places may be in capitals.
func regionOf(place string) string {
	place = strings.ToLower(place)
	if i := strings.LastIndex(place, "-"); i >= 0 && len(place) == i+2 && place[i+1] >= 'a' && place[i+1] <= 'z' {
		return place[:i]
	}
	return place
}

// providerURN leaves the provider's ID out, which a reference ends with.
func providerURN(reference string) string {
	parts := strings.Split(reference, "::")
	return strings.Join(parts[:min(len(parts), 4)], "::")
}

// cloudOf is the package of a type: aws, gcp, spotgrid.
func cloudOf(typ string) string {
	cloud, _, _ := strings.Cut(typ, ":")
	return cloud
}
