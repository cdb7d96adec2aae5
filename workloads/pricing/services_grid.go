package pricing

import (
	"errors"
	"fmt"
)

// HoursPerMonth is what a month counts for, as in AWS's own estimates:
// 365 days of 24 hours in twelve parts.
const HoursPerMonth = 730

// AWSGrid is how many there are, in a grid on AWS, of what costs money while
// nothing runs: there is no machine and no job, and nothing is stored.
type AWSGrid struct {
	// Name of the stack.
	Name   string
	Region string
	Zones  int
	// NATGateways have a public address each.
	NATGateways int
	// EndpointServices are services with an interface endpoint, one in each
	// zone.
	EndpointServices int
	// Keys are the stack's own, in KMS.
	Keys int
	// Fleets have alarms that scale them.
	Fleets int
	// WatchedQueues have alarms that tell people.
	WatchedQueues int
	// RootGiB is the disk of a machine, which costs while the machine runs.
	RootGiB int
}

// alarmMetricsPerFleet are the metrics that the alarms of a fleet watch; an
// alarm costs for each. Target tracking makes two alarms (EC2 Auto Scaling user
// guide, target tracking scaling policies) on visible and held messages and
// machines in service; waking from zero watches visible messages and machines
// wanted, going to sleep both kinds of messages and machines wanted.
const alarmMetricsPerFleet = 2*3 + 2 + 3

// alarmMetricsPerQueue are those of a watch: letters that were given up, and the
// age of the oldest job.
const alarmMetricsPerQueue = 2

// AWSGrids are the stacks on AWS that come with the project, as their
// configuration (stacks/config) makes them.
func AWSGrids() []AWSGrid {
	return []AWSGrid{
		{Name: "aws-dev", Region: "us-east-1", Zones: 2, NATGateways: 1, Fleets: 1, WatchedQueues: 1, RootGiB: 16},
		{Name: "aws-prod", Region: "us-east-1", Zones: 3, EndpointServices: 8, Keys: 1, Fleets: 1, WatchedQueues: 1, RootGiB: 30},
	}
}

// count is how many of an item the grid has all the time.
func (g AWSGrid) count(item string) int {
	switch item {
	case "nat_gateway_hour", "public_ipv4_hour":
		return g.NATGateways
	case "interface_endpoint_hour":
		return g.EndpointServices * g.Zones
	case "kms_key_month":
		return g.Keys
	case "alarm_metric_month":
		return g.Fleets*alarmMetricsPerFleet + g.WatchedQueues*alarmMetricsPerQueue
	}
	return 0
}

// Billed is how many resources of some types the grid has, for comparing it
// with a preview of its stack: those that cost for being there.
func (g AWSGrid) Billed() map[string]int {
	const s3 = 1 // the gateway endpoint, which is free and of the same type
	return map[string]int{
		"aws:ec2/natGateway:NatGateway":   g.NATGateways,
		"aws:ec2/eip:Eip":                 g.NATGateways,
		"aws:ec2/vpcEndpoint:VpcEndpoint": g.EndpointServices + s3,
		"aws:kms/key:Key":                 g.Keys,
		"aws:autoscaling/group:Group":     g.Fleets,
	}
}

// IdleCost is what all of one item in a grid cost while nothing runs.
type IdleCost struct {
	Price Price
	Count int
}

// HourlyUSD spreads what is paid by the month over its hours.
func (c IdleCost) HourlyUSD() float64 {
	usd := c.Price.USD * float64(c.Count)
	if c.Price.Unit == "month" {
		return usd / HoursPerMonth
	}
	return usd
}

// Idle is what the grid costs while nothing runs, by item, items of which it
// has none left out. The error lists the prices that the book lacks.
func (b *Book) Idle(g AWSGrid) ([]IdleCost, error) {
	var costs []IdleCost
	var errs []error
	for _, item := range idleItems() {
		count := g.count(item)
		if count == 0 {
			continue
		}
		p, ok := b.Find("aws", g.Region, item)
		if !ok {
			errs = append(errs, fmt.Errorf("no price of %s in %s", item, g.Region))
			continue
		}
		costs = append(costs, IdleCost{Price: p, Count: count})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("pricing grid %q: %w", g.Name, err)
	}
	return costs, nil
}

// idleItems are the items that cost while nothing runs.
func idleItems() []string {
	var items []string
	for _, p := range AWSParts() {
		items = append(items, p.Idle...)
	}
	return items
}

// IdleHourlyUSD is the sum of Idle.
func (b *Book) IdleHourlyUSD(g AWSGrid) (float64, error) {
	costs, err := b.Idle(g)
	var sum float64
	for _, c := range costs {
		sum += c.HourlyUSD()
	}
	return sum, err
}
