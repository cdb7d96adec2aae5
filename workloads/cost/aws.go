package cost

import (
	"fmt"
	"math"
)

// awsRules are those of what AWS bills for being there, and of machines.
var awsRules = map[string]rule{
	"aws:ec2/natGateway:NatGateway": {price: func(e *estimator, r Resource) {
		e.add(r, "nat_gateway_hour", always(HoursPerMonth))
		e.add(r, "nat_gateway_gb", e.share("aws", r.Type, e.wayOut("aws")))
	}},
	"aws:ec2/eip:Eip":                 {price: func(e *estimator, r Resource) { e.add(r, "public_ipv4_hour", always(HoursPerMonth)) }},
	"aws:ec2/vpcEndpoint:VpcEndpoint": {[]string{"vpcEndpointType", "subnetIds"}, (*estimator).endpoint},
	"aws:kms/key:Key": {[]string{"enableKeyRotation"}, func(e *estimator, r Resource) {
		keys := always(1)
		if r.in("enableKeyRotation").isTrue() {
			keys.High = rotatedKeys
		}
		e.add(r, "kms_key_month", keys)
	}},
	"aws:cloudwatch/metricAlarm:MetricAlarm": {[]string{"metricQueries"}, func(e *estimator, r Resource) {
		e.add(r, "alarm_metric_month", always(max(1, count(r.in("metricQueries"), "metric"))))
	}},
	"aws:autoscaling/policy:Policy": {[]string{"policyType", "targetTrackingConfiguration"}, (*estimator).tracking},
	"aws:autoscaling/group:Group": {
		[]string{"minSize", "maxSize", "mixedInstancesPolicy"}, (*estimator).group,
	},
}

// rotatedKeys is what a key counts for after two rotations, which is the most that
// AWS bills ("AWS KMS pricing").
const rotatedKeys = 3

// endpoint: one for each subnet; those of gateways are free.
func (e *estimator) endpoint(r Resource) {
	if r.in("vpcEndpointType").text() != "Interface" {
		return
	}
	subnets := r.in("subnetIds")
	if subnets.state == unknown {
		e.unpriced(r, "how many subnets it is in is not known before it is made")
		return
	}
	e.add(r, "interface_endpoint_hour", always(HoursPerMonth*float64(len(subnets.list()))))
	e.add(r, "interface_endpoint_gb", e.share("aws", r.Type, e.wayOut("aws")))
}

// count is how many elements of a list have a part.
func count(of value, part string) float64 {
	n := 0.0
	for _, element := range of.list() {
		if element.at(part).state != absent {
			n++
		}
	}
	return n
}

// tracking policies have two alarms each, which no preview shows (EC2 Auto
// Scaling user guide, target tracking scaling policies).
func (e *estimator) tracking(r Resource) {
	if r.in("policyType").text() != "TargetTrackingScaling" {
		return
	}
	metrics := r.in("targetTrackingConfiguration", "customizedMetricSpecification", "metrics")
	e.add(r, "alarm_metric_month", always(2*max(1, count(metrics, "metricStat"))))
}

// group prices the machines of an Auto Scaling group and their disks.
func (e *estimator) group(r Resource) {
	f := e.fleetOf(r)
	if f == nil {
		f = e.loneGroup(r)
	}
	if f.unknown != "" {
		e.unpriced(r, f.unknown+" is not known before it is made, and with it how many machines there are")
		return
	}
	e.machines(r, f, e.groupTypes(r), onDemand(r, f))
	e.groupDisks(r, f)
}

// loneGroup is a group that no fleet of the project stands for: it runs at its
// least size, and at its most when full.
func (e *estimator) loneGroup(r Resource) *fleet {
	f := &fleet{of: r, cloud: "aws", region: e.region(r)}
	least, most := f.number("minSize", 0), f.number("maxSize", 0)
	f.hours = Range{least, least, max(least, most)}.scale(HoursPerMonth)
	return f
}

func (e *estimator) groupTypes(r Resource) []string {
	var types []string
	for _, o := range r.in("mixedInstancesPolicy", "launchTemplate", "overrides").list() {
		if t := o.at("instanceType").text(); t != "" {
			types = append(types, t)
		}
	}
	if len(types) == 0 {
		for _, t := range e.templates(r) {
			if name := t.in("instanceType").text(); name != "" {
				types = append(types, name)
			}
		}
	}
	if len(types) == 0 {
		e.unpriced(r, "it names no machine types, or AWS chooses them by requirements")
	}
	return types
}

const launchTemplate = "aws:ec2/launchTemplate:LaunchTemplate"

// onDemand is how many of the fleet's hours are on demand: a base, and a share of
// the rest. A group without a mixed policy is all on demand.
func onDemand(r Resource, f *fleet) Range {
	policy := r.in("mixedInstancesPolicy", "instancesDistribution")
	if policy.state == absent {
		return f.hours
	}
	base, _ := policy.at("onDemandBaseCapacity").number(0)
	percent, _ := policy.at("onDemandPercentageAboveBaseCapacity").number(100)
	percent = math.Min(percent, 100)
	hours := func(all float64) float64 {
		fixed := math.Min(all, base*HoursPerMonth)
		return fixed + (all-fixed)*percent/100
	}
	return Range{hours(f.hours.Low), hours(f.hours.Likely), hours(f.hours.High)}
}

// templates are the launch templates beside a group: its own, in a component. Of
// several beside a group that no fleet stands for, which is its own is not known.
func (e *estimator) templates(r Resource) []Resource {
	found := e.children(r.Parent, launchTemplate)
	if e.fleetOf(r) == nil && len(found) > 1 {
		e.unpriced(r, "which of several launch templates is its own is not known, and with it its disks")
		return nil
	}
	return found
}

// groupDisks prices the disks that the launch template gives each machine.
func (e *estimator) groupDisks(r Resource, f *fleet) {
	for _, t := range e.templates(r) {
		for _, d := range t.in("blockDeviceMappings").list() {
			kind := d.at("ebs", "volumeType").text()
			size, state := d.at("ebs", "volumeSize").number(0)
			switch {
			case state != known:
				e.unpriced(t, "the size of a machine's disk is not known")
			case kind != "gp3":
				e.unpriced(t, fmt.Sprintf("the book has no price of a disk of kind %q", kind))
			default:
				e.add(r, "gp3_gb_month", f.hours.scale(size/HoursPerMonth))
			}
		}
	}
}
