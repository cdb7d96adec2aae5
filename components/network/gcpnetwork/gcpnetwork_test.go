package gcpnetwork_test

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/network"
	"github.com/spotgrid/spotgrid/components/network/gcpnetwork"
	"github.com/spotgrid/spotgrid/components/network/networktest"
)

const (
	subnetType = "gcp:compute/subnetwork:Subnetwork"
	ruleType   = "gcp:compute/firewall:Firewall"
	natType    = "gcp:compute/routerNat:RouterNat"
	zoneType   = "gcp:dns/managedZone:ManagedZone"
	recordType = "gcp:dns/recordSet:RecordSet"
)

var (
	labels = map[string]string{"project": "spotgrid", "stack": "test"}
	three  = network.Args{CIDR: "10.20.0.0/16", Zones: []string{"europe-west1-b", "europe-west1-c", "europe-west1-d"}}
)

func options(e gcpnetwork.Egress) gcpnetwork.Options {
	return gcpnetwork.Options{Region: gcptest.Region, Egress: e, Labels: labels}
}

func TestConformance(t *testing.T) {
	private := options(gcpnetwork.EgressPrivate)
	private.PrivateDomains, private.IAPSSH = true, true
	for name, o := range map[string]gcpnetwork.Options{
		"private": options(gcpnetwork.EgressPrivate), "nat": options(gcpnetwork.EgressNAT), "everything": private,
	} {
		t.Run(name, func(t *testing.T) { networktest.Run(t, gcpnetwork.New(o), gcptest.Compute, three) })
	}
}

// run declares a network and checks its tree, twice.
func run(t *testing.T, o gcpnetwork.Options, check func(t *testing.T, tree *componenttest.Tree)) {
	t.Helper()
	componenttest.Run(t, gcptest.Compute, func(ctx *pulumi.Context) error {
		_, err := network.New(ctx, "net", gcpnetwork.New(o), three)
		return err
	}, check)
}

func TestAllZonesShareOneSubnetThatReachesGooglesAPIs(t *testing.T) {
	d := gcpnetwork.New(options(gcpnetwork.EgressPrivate))
	componenttest.Run(t, gcptest.Compute, func(ctx *pulumi.Context) error {
		n, err := network.New(ctx, "net", d, three)
		if err != nil || ctx.DryRun() {
			return err
		}
		for _, s := range n.Subnets {
			id, err := internals.UnsafeAwaitOutput(ctx.Context(), s.ID)
			require.NoError(t, err)
			assert.Equal(t, "net-machines-id", id.Value, s.Zone)
		}
		return nil
	}, func(t *testing.T, tree *componenttest.Tree) {
		vpc := tree.One(t, "gcp:compute/network:Network", "net-vpc").Inputs
		assert.False(t, vpc["autoCreateSubnetworks"].BoolValue(), "no subnet in any other region")
		assert.Equal(t, "REGIONAL", vpc["routingMode"].StringValue())
		require.Len(t, tree.Of(subnetType), 1)
		subnet := tree.One(t, subnetType, "net-machines").Inputs
		assert.True(t, subnet["privateIpGoogleAccess"].BoolValue())
		assert.Equal(t, "10.20.0.0/16", subnet["ipCidrRange"].StringValue())
		assert.Equal(t, gcptest.Region, subnet["region"].StringValue())
	})
}

// rules are those of the network: direction, priority, what, where.
func rules(tree *componenttest.Tree) map[string]string {
	found := map[string]string{}
	for _, r := range tree.Of(ruleType) {
		in := r.Inputs
		what, where := in["allows"], in["destinationRanges"]
		if !in["denies"].IsNull() {
			what = in["denies"]
		}
		if where.IsNull() {
			where = in["sourceRanges"]
		}
		found[r.Name] = fmt.Sprint(in["direction"].StringValue(), " ", in["priority"].NumberValue(), " ", what.Mappable(), " ", where.Mappable())
	}
	return found
}

func TestNothingLeavesButHTTPSAndNothingComesIn(t *testing.T) {
	for _, e := range []gcpnetwork.Egress{gcpnetwork.EgressPrivate, gcpnetwork.EgressNAT} {
		run(t, options(e), func(t *testing.T, tree *componenttest.Tree) {
			assert.Equal(t, map[string]string{
				"net-deny-out":  "EGRESS 65534 [map[protocol:all]] [0.0.0.0/0]",
				"net-https-out": "EGRESS 1000 [map[ports:[443] protocol:tcp]] [0.0.0.0/0]",
			}, rules(tree))
			for _, r := range tree.Of(ruleType) {
				assert.NotContains(t, r.Inputs, resource.PropertyKey("targetTags"), "%s is for every machine", r.Name)
			}
			assert.Contains(t, tree.One(t, ruleType, "net-deny-out").Inputs, resource.PropertyKey("logConfig"), "what was refused is recorded")
		})
	}
}

func TestSSHComesInThroughIdentityAwareProxyOnRequest(t *testing.T) {
	o := options(gcpnetwork.EgressPrivate)
	o.IAPSSH = true
	run(t, o, func(t *testing.T, tree *componenttest.Tree) {
		assert.Equal(t, "INGRESS 1000 [map[ports:[22] protocol:tcp]] [35.235.240.0/20]", rules(tree)["net-ssh-in"])
	})
}

func TestThereIsAGatewayWithNATOnly(t *testing.T) {
	run(t, options(gcpnetwork.EgressPrivate), func(t *testing.T, tree *componenttest.Tree) {
		assert.Empty(t, tree.Of(natType))
		assert.Empty(t, tree.Of(zoneType), "no zone is paid for")
	})
	run(t, options(gcpnetwork.EgressNAT), func(t *testing.T, tree *componenttest.Tree) {
		nat := tree.One(t, natType, "net-nat").Inputs
		assert.Equal(t, "AUTO_ONLY", nat["natIpAllocateOption"].StringValue())
		assert.Equal(t, "LIST_OF_SUBNETWORKS", nat["sourceSubnetworkIpRangesToNat"].StringValue())
		require.Len(t, nat["subnetworks"].ArrayValue(), 1)
		assert.Equal(t, map[string]any{"enable": true, "filter": "ERRORS_ONLY"}, nat["logConfig"].Mappable())
	})
}

func TestPrivateDomainsLeadToTheOnlyRangeThatIsLetOut(t *testing.T) {
	o := options(gcpnetwork.EgressPrivate)
	o.PrivateDomains = true
	run(t, o, func(t *testing.T, tree *componenttest.Tree) {
		gcptest.Labelled(t, tree, labels)
		assert.Equal(t, "EGRESS 1000 [map[ports:[443] protocol:tcp]] [199.36.153.8/30]", rules(tree)["net-https-out"])
		for _, z := range tree.Of(zoneType) {
			assert.Equal(t, "private", z.Inputs["visibility"].StringValue())
			assert.Len(t, z.Inputs["privateVisibilityConfig"].ObjectValue()["networks"].ArrayValue(), 1)
		}
		records := map[string]string{}
		for _, r := range tree.Of(recordType) {
			records[r.Inputs["type"].StringValue()+" "+r.Inputs["name"].StringValue()] = fmt.Sprint(r.Inputs["rrdatas"].Mappable())
		}
		const addresses = "[199.36.153.8 199.36.153.9 199.36.153.10 199.36.153.11]"
		assert.Equal(t, map[string]string{
			"A private.googleapis.com.": addresses, "CNAME *.googleapis.com.": "[private.googleapis.com.]",
			"A pkg.dev.": addresses, "CNAME *.pkg.dev.": "[pkg.dev.]",
			"A run.app.": addresses, "CNAME *.run.app.": "[run.app.]",
		}, records)
	})
}

func TestConnectionsAreRecorded(t *testing.T) {
	few := options(gcpnetwork.EgressPrivate)
	few.FlowLogs = gcpnetwork.FlowLogs{SamplingPercent: 1, IntervalSeconds: 900, WithoutNames: true}
	all := options(gcpnetwork.EgressPrivate)
	all.FlowLogs = gcpnetwork.FlowLogs{SamplingPercent: 100, IntervalSeconds: 5}
	for name, c := range map[string]struct {
		options gcpnetwork.Options
		want    map[string]any
	}{
		"unasked": {options(gcpnetwork.EgressPrivate), map[string]any{"flowSampling": 0.5, "aggregationInterval": "INTERVAL_10_MIN", "metadata": "INCLUDE_ALL_METADATA"}},
		"few":     {few, map[string]any{"flowSampling": 0.01, "aggregationInterval": "INTERVAL_15_MIN", "metadata": "EXCLUDE_ALL_METADATA"}},
		"all":     {all, map[string]any{"flowSampling": 1.0, "aggregationInterval": "INTERVAL_5_SEC", "metadata": "INCLUDE_ALL_METADATA"}},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, c.options, func(t *testing.T, tree *componenttest.Tree) {
				assert.Equal(t, c.want, tree.One(t, subnetType, "net-machines").Inputs["logConfig"].Mappable())
			})
		})
	}
}

func TestOptionsThatCannotBeAreRefusedTogether(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*gcpnetwork.Options, *network.Args)
		want  []string
	}{
		"no region": {func(o *gcpnetwork.Options, _ *network.Args) { o.Region = "" }, []string{`region is ""`}},
		"no egress": {func(o *gcpnetwork.Options, _ *network.Args) { o.Egress = "" }, []string{`egress is ""`, "private", "nat"}},
		"a zone of another region, odd flow logs and labels": {func(o *gcpnetwork.Options, a *network.Args) {
			o.FlowLogs = gcpnetwork.FlowLogs{SamplingPercent: 101, IntervalSeconds: 61}
			o.Labels, a.Zones = map[string]string{"Owner": "me"}, []string{"us-central1-a", "europe-west1"}
		}, []string{
			`zone is "us-central1-a"`, `zone is "europe-west1"`, "samplingPercent is 101, want 1..100",
			"intervalSeconds is 61, want one of [5 30 60 300 600 900]", `label "Owner"`,
		}},
		"private domains behind a gateway": {func(o *gcpnetwork.Options, _ *network.Args) {
			o.Egress, o.PrivateDomains = gcpnetwork.EgressNAT, true
		}, []string{"private domains are asked for"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, a := options(gcpnetwork.EgressPrivate), three
			c.spoil(&o, &a)
			err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
				_, err := network.New(ctx, "net", gcpnetwork.New(o), a)
				return err
			})
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestBuiltHandsOnWhatRulesAreWrittenFor(t *testing.T) {
	d := gcpnetwork.New(options(gcpnetwork.EgressPrivate))
	_, ok := d.Built("net")
	assert.False(t, ok, "nothing is declared yet")
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		_, err := network.New(ctx, "net", d, three)
		require.NoError(t, err)
		r, ok := d.Built("net")
		require.True(t, ok)
		componenttest.Filled(t, ctx, "network", r.Network.SelfLink)
		componenttest.Filled(t, ctx, "subnet", r.Subnetwork.SelfLink)
		return nil
	}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(gcptest.Compute))))
}
