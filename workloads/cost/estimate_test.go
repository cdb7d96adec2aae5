package cost

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// line is the only line of an item below a component.
func line(t *testing.T, e *Estimate, component, item string) Line {
	t.Helper()
	var found []Line
	for _, l := range e.Lines {
		if l.Component == component && l.Item == item {
			found = append(found, l)
		}
	}
	require.Len(t, found, 1, "%s of %s", item, component)
	return found[0]
}

// TestTheEstimateOfAWSDevIsWhatPaperSays computes with list prices written down
// here: those of us-east-1 on AWS's own pages (NAT gateway, VPC, EBS, EFS).
func TestTheEstimateOfAWSDevIsWhatPaperSays(t *testing.T) {
	t.Parallel()
	e := estimated(t, "aws-dev", DefaultLoad())
	const hours, days = 730.0, 730.0 / 24
	jobs := 1000 * days
	// Two slots a machine; four batches a day wake all four machines, each of which
	// starts for 120 s and waits for 300 s.
	machineHours := jobs*60/2/3600 + 4*days*4*(300+120)/3600
	for _, c := range []struct {
		component, item string
		want            float64
	}{
		{"network grid-net", "nat_gateway_hour", 0.045 * hours},
		{"network grid-net", "public_ipv4_hour", 0.005 * hours},
		{"network grid-net", "nat_gateway_gb", 0.045 * jobs * 0.1 / 1024},
		{"network grid-net", "flow_log_ingestion_gb", 0.50 * machineHours / 1024},
		{"fleet grid-spot", "gp3_gb_month", 0.08 * 16 * machineHours / hours},
		{"volume grid-volume", "efs_standard_gb_month", 0.30 * 10},
		{"volume grid-volume", "efs_write_gb", 0.06 * jobs / 1024},
		{"volume grid-volume", "efs_read_gb", 0.03 * jobs / 1024},
		{"queue grid-jobs", "sqs_requests_million", 0.40e-6 * (3*jobs + 180*2*machineHours)},
		{"artifact grid-programs", "s3_standard_gb_month", 0.023 * 0.2},
	} {
		assert.InDelta(t, c.want, line(t, e, c.component, c.item).MonthlyUSD.Likely, 1e-9, c.item)
	}
	machines := line(t, e, "fleet grid-spot", "machines on spot")
	assert.Equal(t, 0.0, machines.Quantity.Low)
	assert.InDelta(t, machineHours, machines.Quantity.Likely, 1e-9)
	assert.Equal(t, 4*hours, machines.Quantity.High)
}

// TestTheSmallestFilestoreIsNotSmall: by Google's list, zonal is $0.25 a GiB and
// regional $0.45, and the least is 1 TiB.
func TestTheSmallestFilestoreIsNotSmall(t *testing.T) {
	t.Parallel()
	for stack, want := range map[string]float64{"gcp-dev": 1024 * 0.25, "gcp-prod": 1024 * 0.45} {
		e := estimated(t, stack, DefaultLoad())
		for _, p := range e.Parts {
			if p.Component == "volume grid-volume" {
				assert.InDelta(t, want, p.MonthlyUSD.Low, 0.001, "%s pays for it while nothing is stored", stack)
			}
		}
	}
}

func TestEveryResourceIsPricedFreeOrListed(t *testing.T) {
	t.Parallel()
	for _, name := range previews {
		d := readPlan(t, name).After
		e := Of(d, book(t), DefaultLoad())
		named := map[string]bool{}
		for _, l := range e.Lines {
			named[l.Resource] = true
		}
		for _, u := range e.Unpriced {
			named[u.Resource] = true
		}
		for _, r := range d.Resources {
			_, ruled := rules[r.Type]
			if ruled || freeTypes[r.Type] || cloudOf(r.Type) == "spotgrid" || cloudOf(r.Type) == "pulumi" {
				continue
			}
			assert.True(t, named[r.Name()], "%s: %s %s is neither in the sums nor listed", name, r.Type, r.Name())
		}
	}
}

// made is a deployment of one network with some resources.
func made(resources ...Resource) Deployment {
	provider := Resource{
		URN: "urn:pulumi:s::p::pulumi:providers:aws::aws", Type: "pulumi:providers:aws", inputs: map[string]any{"region": "us-east-1"},
	}
	for i := range resources {
		resources[i].Provider = provider.URN + "::id"
	}
	return newDeployment("s", nil, append(resources, provider))
}

func made1(typ string, inputs map[string]any) Deployment {
	return made(Resource{URN: "urn:pulumi:s::p::" + typ + "::one", Type: typ, inputs: inputs})
}

const someText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9" // a text that is not known yet

func TestWhatIsNotKnownIsListed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ    string
		inputs map[string]any
		want   string
	}{
		{"aws:rds/instance:Instance", nil, "nothing here knows what this type costs"},
		{"aws:ec2/vpcEndpoint:VpcEndpoint", map[string]any{"vpcEndpointType": "Interface", "subnetIds": someText}, "how many subnets"},
		{"aws:lambda/function:Function", map[string]any{"memorySize": "many"}, "its memory is not known"},
		{"aws:scheduler/schedule:Schedule", map[string]any{"scheduleExpression": "at noon"}, `schedule "at noon"`},
		{"aws:cloudwatch/logGroup:LogGroup", map[string]any{"retentionInDays": someText}, "how long it keeps logs"},
		{"aws:cloudwatch/logGroup:LogGroup", map[string]any{"retentionInDays": 3.0}, "what it gets is not known"},
		{"aws:sqs/queue:Queue", nil, "what it gets is not known"},
		{"gcp:pubsub/subscription:Subscription", nil, "what it gets is not known"},
		{"aws:efs/fileSystem:FileSystem", map[string]any{"throughputMode": "provisioned"}, "throughput that is not elastic"},
		{"aws:autoscaling/group:Group", map[string]any{"minSize": 0.0, "maxSize": someText}, "maxSize is not known"},
		{"aws:autoscaling/group:Group", map[string]any{"minSize": 0.0, "maxSize": 2.0}, "it names no machine types"},
		{"aws:autoscaling/group:Group", group(2, "z9.huge"), "the book has no price in us-east-1 of z9.huge, 1 of its 1 machine types"},
		{"spotgrid:fleet:Fleet", map[string]any{"target": "gcp", "maxWorkers": 3.0}, "none of its machines' resources is there"},
	} {
		e := Of(made1(c.typ, c.inputs), book(t), DefaultLoad())
		require.NotEmpty(t, e.Unpriced, c.typ)
		whys := ""
		for _, u := range e.Unpriced {
			whys += u.Why + "\n"
			assert.Equal(t, "one", u.Resource)
		}
		assert.Contains(t, whys, c.want)
	}
}

func TestARegionThatIsNotKnownHasNoPrices(t *testing.T) {
	t.Parallel()
	r := Resource{URN: "urn:pulumi:s::p::aws:ec2/eip:Eip::one", Type: "aws:ec2/eip:Eip"}
	e := Of(newDeployment("s", nil, []Resource{r}), book(t), DefaultLoad())
	assert.Empty(t, e.Lines)
	require.Len(t, e.Unpriced, 1)
	assert.Equal(t, "its region is not known, so public_ipv4_hour has no price", e.Unpriced[0].Why)
}

func TestARegionThatTheBookLacksHasThePricesOfAnother(t *testing.T) {
	t.Parallel()
	d := made1("aws:ec2/natGateway:NatGateway", nil)
	provider, _ := d.find("urn:pulumi:s::p::pulumi:providers:aws::aws")
	provider.inputs["region"] = "sa-east-1"
	e := Of(d, book(t), DefaultLoad())
	assert.InDelta(t, 0.045*730, e.MonthlyUSD.Likely, 1e-9)
	assert.Contains(t, e.Assumptions, "nat_gateway_hour costs in sa-east-1 what it costs in us-east-1: the book has no price of its own")
}

func TestMachinesOfARegionThatTheBookLacksHaveThePricesOfAnother(t *testing.T) {
	t.Parallel()
	d := made1("aws:autoscaling/group:Group", group(5, "c7g.large"))
	provider, _ := d.find("urn:pulumi:s::p::pulumi:providers:aws::aws")
	provider.inputs["region"] = "sa-east-1"
	e := Of(d, book(t), DefaultLoad())
	assert.InDelta(t, 0.0725*2*730, line(t, e, restName, "machines on demand").MonthlyUSD.High, 1e-9)
	assert.Contains(t, e.Assumptions, "machines cost in sa-east-1 what they cost in us-east-1, where the book has no price of their own")
}

// TestALoneGroupDoesNotTakeTheDisksOfOthers that are declared beside it.
func TestALoneGroupDoesNotTakeTheDisksOfOthers(t *testing.T) {
	t.Parallel()
	template := func(name string) Resource {
		return Resource{URN: "urn:pulumi:s::p::" + launchTemplate + "::" + name, Type: launchTemplate, inputs: map[string]any{
			"blockDeviceMappings": []any{map[string]any{"ebs": map[string]any{"volumeType": "gp3", "volumeSize": 10.0}}},
		}}
	}
	one := Resource{URN: "urn:pulumi:s::p::aws:autoscaling/group:Group::one", Type: "aws:autoscaling/group:Group", inputs: group(5, "c7g.large")}
	e := Of(made(one, template("a")), book(t), DefaultLoad())
	assert.InDelta(t, 5*10, line(t, e, restName, "gp3_gb_month").Quantity.High, 1e-9)
	e = Of(made(one, template("a"), template("b")), book(t), DefaultLoad())
	for _, l := range e.Lines {
		assert.NotEqual(t, "gp3_gb_month", l.Item)
	}
	assert.Contains(t, e.Unpriced[0].Why, "which of several launch templates is its own is not known")
}

// TestNATOnGoogleCloudIsPaidForUpTo32Machines, and by all gateways together.
func TestNATOnGoogleCloudIsPaidForUpTo32Machines(t *testing.T) {
	t.Parallel()
	d := withFleet(readPlan(t, "multicloud").After, 0, 100)
	gateway := d.Resources[slices.IndexFunc(d.Resources, func(r Resource) bool { return r.Type == "gcp:compute/routerNat:RouterNat" })]
	for gateways := 1; gateways <= 4; gateways++ {
		var hours float64
		for _, l := range Of(d, book(t), DefaultLoad()).Lines {
			if l.Item == "nat_machine_hour" {
				hours += l.Quantity.High
			}
		}
		assert.InDelta(t, float64(min(100, 32*gateways))*730, hours, 1e-6, "%d gateways", gateways)
		gateway.URN += "x"
		d = newDeployment(d.Stack, d.Config, append(d.Resources, gateway))
	}
}

// group are the inputs of an Auto Scaling group on spot of one type.
func group(most float64, machine string) map[string]any {
	return map[string]any{"minSize": 0.0, "maxSize": most, "mixedInstancesPolicy": map[string]any{
		"instancesDistribution": map[string]any{"onDemandBaseCapacity": 1.0, "onDemandPercentageAboveBaseCapacity": 25.0},
		"launchTemplate":        map[string]any{"overrides": []any{map[string]any{"instanceType": machine}}},
	}}
}

// TestAGroupIsPartlyOnDemand: of five machines one is the base, and a quarter of
// the other four. c7g.large is $0.0725 on demand in us-east-1.
func TestAGroupIsPartlyOnDemand(t *testing.T) {
	t.Parallel()
	e := Of(made1("aws:autoscaling/group:Group", group(5, "c7g.large")), book(t), DefaultLoad())
	demand := line(t, e, restName, "machines on demand")
	assert.InDelta(t, 2*730, demand.Quantity.High, 1e-9)
	assert.InDelta(t, 0.0725*2*730, demand.MonthlyUSD.High, 1e-9)
	spot := line(t, e, restName, "machines on spot")
	assert.InDelta(t, 3*730, spot.Quantity.High, 1e-9)
	assert.Less(t, spot.UnitUSD.High, demand.UnitUSD.High)
}

func TestAFleetThatCannotDoItsLoadIsNamed(t *testing.T) {
	t.Parallel()
	load := DefaultLoad()
	load.JobsPerDay = 1e6
	e := estimated(t, "aws-dev", load)
	assert.Contains(t, strings.Join(e.Assumptions, "\n"), "grid-spot cannot do its load: that takes 348 machines around the clock, and maxWorkers is 4")
	assert.Equal(t, 4*730.0, line(t, e, "fleet grid-spot", "machines on spot").Quantity.Likely, "all its machines, all the time")
}

func TestAFleetHasALoadOfItsOwn(t *testing.T) {
	t.Parallel()
	load := DefaultLoad()
	load.Fleets = map[string]FleetLoad{"grid-spot-aws": {JobsPerDay: 0, SecondsPerJob: 1}}
	e := estimated(t, "multicloud", load)
	assert.Equal(t, 0.0, line(t, e, "fleet grid-spot-aws", "machines on spot").Quantity.Likely)
	alone := estimated(t, "multicloud", DefaultLoad())
	assert.Greater(t, line(t, e, "fleet grid-spot-gcp", "machines on spot").Quantity.Likely,
		line(t, alone, "fleet grid-spot-gcp", "machines on spot").Quantity.Likely, "it gets all jobs")
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	const days = 730.0 / 24
	for schedule, want := range map[string]float64{
		"* * * * *": 730 * 60, "*/5 * * * *": 730 * 12, "0 3 * * *": days, "0 9-17 * * 1-5": days * 9 * 5 / 7,
		"cron(0 12 * * ? *)": days, "cron(0 8 ? * MON-FRI *)": days * 5 / 7, "rate(5 minutes)": 730 * 12, "rate(1 day)": days, "30 1 1 * *": days / 31,
		"0 0 1/2 * *": days * 16 / 31, "5/20 * * * *": 730 * 3, "0 0 * * 7": days / 7,
	} {
		got, err := runsPerMonth(schedule)
		require.NoError(t, err, schedule)
		assert.InDelta(t, want, got, 1e-9, schedule)
	}
	for _, bad := range []string{"", "at(2026-01-01)", "* * * *", "*/0 * * * *", "rate(0 minutes)", "rate(5 moons)", "rate(5)", "70/5 * * * *", "0-1e300 * * * *", "NaN/2 * * * *", "9-5 * * * *", "* * -1 * *"} {
		_, err := runsPerMonth(bad)
		assert.Error(t, err, fmt.Sprintf("%q", bad))
	}
}
