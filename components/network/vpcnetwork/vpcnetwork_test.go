package vpcnetwork_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/awstest"
	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/network"
	"github.com/spotgrid/spotgrid/components/network/networktest"
	"github.com/spotgrid/spotgrid/components/network/vpcnetwork"
)

const (
	subnetType   = "aws:ec2/subnet:Subnet"
	endpointType = "aws:ec2/vpcEndpoint:VpcEndpoint"
	groupType    = "aws:ec2/securityGroup:SecurityGroup"
	ruleType     = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
)

var (
	tags  = map[string]string{"project": "spotgrid", "stack": "test"}
	three = network.Args{CIDR: "10.20.0.0/16", Zones: []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"}}
)

func driver(e vpcnetwork.Egress) *vpcnetwork.Driver {
	return vpcnetwork.New(vpcnetwork.Options{Region: awstest.Region, Egress: e, Tags: tags})
}

func TestConformance(t *testing.T) {
	for _, e := range []vpcnetwork.Egress{vpcnetwork.EgressEndpoints, vpcnetwork.EgressNAT} {
		t.Run(string(e), func(t *testing.T) { networktest.Run(t, driver(e), awstest.Compute, three) })
	}
}

// run declares a network and checks its tree, twice.
func run(t *testing.T, d *vpcnetwork.Driver, a network.Args, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	program := func(ctx *pulumi.Context) error {
		_, err := network.New(ctx, "net", d, a)
		return err
	}
	componenttest.Run(t, awstest.Compute, program, check)
}

func TestEverythingIsTaggedAndMachinesGetNoPublicAddress(t *testing.T) {
	for _, e := range []vpcnetwork.Egress{vpcnetwork.EgressEndpoints, vpcnetwork.EgressNAT} {
		run(t, driver(e), three, func(t *testing.T, tree *componenttest.Tree) {
			awstest.Tagged(t, tree, tags)
			assert.Equal(t, "net-vpc", tree.One(t, "aws:ec2/vpc:Vpc", "net-vpc").Inputs["tags"].ObjectValue()["Name"].StringValue())
			for _, s := range tree.Of(subnetType) {
				assert.False(t, s.Inputs["mapPublicIpOnLaunch"].BoolValue(), s.Name)
			}
		})
	}
}

func TestTheDefaultSecurityGroupHasNoRules(t *testing.T) {
	run(t, driver(vpcnetwork.EgressEndpoints), three, func(t *testing.T, tree *componenttest.Tree) {
		group := tree.One(t, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "net-default").Inputs
		for _, key := range []resource.PropertyKey{"ingress", "egress"} {
			if v, ok := group[key]; ok {
				assert.Empty(t, v.ArrayValue(), key)
			}
		}
	})
}

func TestTheDefaultSecurityGroupIsLeftAloneOnRequest(t *testing.T) {
	run(t, bare(vpcnetwork.EgressEndpoints), three, func(t *testing.T, tree *componenttest.Tree) {
		assert.Empty(t, tree.Of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"))
	})
}

func TestEndpointsAreLeftOutOnRequest(t *testing.T) {
	d := vpcnetwork.New(vpcnetwork.Options{Region: awstest.Region, Egress: vpcnetwork.EgressEndpoints, WithoutEndpoints: true})
	run(t, d, three, func(t *testing.T, tree *componenttest.Tree) {
		assert.Empty(t, tree.Of(endpointType))
		assert.Empty(t, tree.Of(groupType))
		assert.Len(t, tree.Of(subnetType), 3)
	})
}

func TestEndpointsAreReachedByHTTPSFromThePrivateSubnetsOnly(t *testing.T) {
	run(t, driver(vpcnetwork.EgressEndpoints), three, func(t *testing.T, tree *componenttest.Tree) {
		var services []string
		for _, e := range tree.Of(endpointType) {
			services = append(services, e.Inputs["vpcEndpointType"].StringValue()+" "+e.Inputs["serviceName"].StringValue())
		}
		assert.ElementsMatch(t, []string{
			"Gateway com.amazonaws.eu-west-1.s3",
			"Interface com.amazonaws.eu-west-1.sqs", "Interface com.amazonaws.eu-west-1.logs", "Interface com.amazonaws.eu-west-1.sts",
			"Interface com.amazonaws.eu-west-1.autoscaling", "Interface com.amazonaws.eu-west-1.ssm", "Interface com.amazonaws.eu-west-1.ssmmessages",
			"Interface com.amazonaws.eu-west-1.ecr.api", "Interface com.amazonaws.eu-west-1.ecr.dkr",
		}, services)
		queue := tree.One(t, endpointType, "net-sqs").Inputs
		assert.True(t, queue["privateDnsEnabled"].BoolValue(), "workloads use the service's own name")

		group := tree.One(t, groupType, "net-endpoints").Inputs
		assert.NotContains(t, group, "ingress", "rules are resources of their own")
		assert.NotContains(t, group, "egress", "endpoints only answer")
		var ranges []string
		for _, r := range tree.Of(ruleType) {
			assert.Equal(t, 443.0, r.Inputs["fromPort"].NumberValue())
			assert.Equal(t, 443.0, r.Inputs["toPort"].NumberValue())
			assert.Equal(t, "tcp", r.Inputs["ipProtocol"].StringValue())
			ranges = append(ranges, r.Inputs["cidrIpv4"].StringValue())
		}
		assert.ElementsMatch(t, []string{"10.20.0.0/20", "10.20.16.0/20", "10.20.32.0/20"}, ranges)
		assert.Empty(t, tree.Of("aws:ec2/natGateway:NatGateway"))
		assert.Empty(t, tree.Of("aws:ec2/route:Route"), "there is no way out")
	})
}

func TestNATIsTheOnlyWayOut(t *testing.T) {
	run(t, driver(vpcnetwork.EgressNAT), three, func(t *testing.T, tree *componenttest.Tree) {
		require.Len(t, tree.Of(endpointType), 1, "S3 alone, whose gateway costs nothing")
		assert.Equal(t, "10.20.128.0/20", tree.One(t, subnetType, "net-public-eu-west-1a").Inputs["cidrBlock"].StringValue())
		assert.Len(t, tree.Of(subnetType), 4, "one public subnet for the gateway")
		assert.Contains(t, tree.One(t, "aws:ec2/route:Route", "net-private-out").Inputs, resource.PropertyKey("natGatewayId"))
		assert.Contains(t, tree.One(t, "aws:ec2/route:Route", "net-public-out").Inputs, resource.PropertyKey("gatewayId"))
		assert.Empty(t, tree.Of(groupType))
	})
}

func TestAnotherZoneMovesNoneOfTheOthers(t *testing.T) {
	ranges := func(zones []string) map[string]string {
		found := map[string]string{}
		run(t, driver(vpcnetwork.EgressEndpoints), network.Args{CIDR: three.CIDR, Zones: zones}, func(_ *testing.T, tree *componenttest.Tree) {
			for _, s := range tree.Of(subnetType) {
				found[s.Name] = s.Inputs["cidrBlock"].StringValue()
			}
		})
		return found
	}
	one, all := ranges(three.Zones[:1]), ranges(three.Zones)
	assert.Equal(t, map[string]string{"net-private-eu-west-1a": "10.20.0.0/20"}, one)
	assert.Equal(t, "10.20.0.0/20", all["net-private-eu-west-1a"])
	assert.Len(t, slices.Compact(slices.Sorted(maps.Values(all))), 3, "no range twice")
}

func TestFlowLogsAreKeptAWhileAndWrittenByARoleThatCanDoNothingElse(t *testing.T) {
	run(t, driver(vpcnetwork.EgressEndpoints), three, func(t *testing.T, tree *componenttest.Tree) {
		assert.Equal(t, 30.0, tree.One(t, "aws:cloudwatch/logGroup:LogGroup", "net-flows").Inputs["retentionInDays"].NumberValue())
		log := tree.One(t, "aws:ec2/flowLog:FlowLog", "net-flow-log").Inputs
		assert.Equal(t, "ALL", log["trafficType"].StringValue())
		policies := awstest.Policies(t, tree)
		if len(policies) == 0 { // a preview: the group's ARN is not known yet
			assert.True(t, log["logDestination"].IsComputed() || log["logDestination"].IsOutput())
			return
		}
		const group = "arn:aws:logs:eu-west-1:123456789012:log-group:net-flows"
		assert.Equal(t, group, log["logDestination"].StringValue())
		assert.Equal(t, map[string][]awstest.Statement{
			"net-flows": {{
				Sid: "DeliverFlowLogs", Effect: "Allow", Action: []string{"sts:AssumeRole"},
				Principal: map[string]string{"Service": "vpc-flow-logs.amazonaws.com"},
				Condition: map[string]map[string]string{"StringEquals": {"aws:SourceAccount": awstest.Account}},
			}},
			"net-flows-write": {{
				Sid: "WriteFlowLogs", Effect: "Allow", Resource: []string{group + ":*"},
				Action: []string{"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"},
			}},
		}, policies)
	})
}

func TestOptionsThatCannotBeAreRefusedTogether(t *testing.T) {
	t.Parallel()
	valid := vpcnetwork.Options{Region: awstest.Region, Egress: vpcnetwork.EgressEndpoints}
	for name, c := range map[string]struct {
		spoil func(*vpcnetwork.Options, *network.Args)
		want  []string
	}{
		"no region": {func(o *vpcnetwork.Options, _ *network.Args) { o.Region = "" }, []string{`region is ""`}},
		"China":     {func(o *vpcnetwork.Options, _ *network.Args) { o.Region = "cn-north-1" }, []string{`region is "cn-north-1"`}},
		"no egress": {func(o *vpcnetwork.Options, _ *network.Args) { o.Egress = "" }, []string{`egress is ""`, "endpoints", "nat"}},
		"a zone of another region, an odd retention and a service twice": {func(o *vpcnetwork.Options, a *network.Args) {
			o.FlowLogDays, o.Services, a.Zones = 31, []string{"sqs", "sqs", "s3", "SQS"}, []string{"us-east-1a", "eu-west-1"}
		}, []string{`zone is "us-east-1a"`, `zone is "eu-west-1"`, "flowLogDays is 31", `service "sqs" is there twice`, "service s3 has", `service is "SQS"`}},
		"endpoints behind a gateway": {func(o *vpcnetwork.Options, _ *network.Args) {
			o.Egress, o.Services = vpcnetwork.EgressNAT, []string{"sqs"}
		}, []string{"services are"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, a := valid, three
			c.spoil(&o, &a)
			err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
				_, err := network.New(ctx, "net", vpcnetwork.New(o), a)
				return err
			})
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestBuiltHandsOnWhatASecurityGroupLetsOut(t *testing.T) {
	for e, endpoints := range map[vpcnetwork.Egress]bool{vpcnetwork.EgressEndpoints: true, vpcnetwork.EgressNAT: false} {
		d := driver(e)
		_, ok := d.Built("net")
		assert.False(t, ok, "nothing is declared yet")
		run(t, d, three, func(t *testing.T, _ *componenttest.Tree) {
			r, ok := d.Built("net")
			require.True(t, ok)
			assert.NotNil(t, r.VPC)
			assert.NotNil(t, r.S3)
			assert.Equal(t, endpoints, r.Endpoints != nil)
		})
	}
}
