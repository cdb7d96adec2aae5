package rules

import (
	"strconv"

	"github.com/spotgrid/spotgrid/policies/policy"
)

// machineType is a type of machine that a resource asks for, and where.
type machineType struct{ path, name string }

// typePlaces are the properties with one type of machine.
var typePlaces = map[string]string{
	awsTemplate: "instanceType", awsLaunchConfig: "instanceType", awsInstance: "instanceType", awsSpotInstance: "instanceType",
	gcpTemplate: "machineType", gcpInstance: "machineType",
}

// typed are the types of resources that have machine types.
var typed = []string{awsGroup, awsTemplate, awsLaunchConfig, awsInstance, awsSpotInstance, awsSpotFleet, gcpTemplate, gcpInstance}

// machineTypes lists the types of machines that the resource asks for.
func machineTypes(c *policy.Check) (all []machineType) {
	add := func(path string) {
		if name, ok := c.Text(path, ""); ok && name != "" {
			all = append(all, machineType{path, name})
		}
	}
	if path := typePlaces[c.Resource.Type]; path != "" {
		add(path)
		return all
	}
	path := map[string]string{awsGroup: overrides, awsSpotFleet: "launchSpecifications"}[c.Resource.Type]
	items, _ := c.Items(path)
	for i := range items {
		add(path + "." + strconv.Itoa(i) + ".instanceType")
	}
	return all
}
