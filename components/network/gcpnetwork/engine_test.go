package gcpnetwork_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/gcptest"
	"github.com/spotgrid/spotgrid/components/network"
	"github.com/spotgrid/spotgrid/components/network/gcpnetwork"
)

// common is there with either egress.
const common = `
create pulumi:providers:gcp gcp
create spotgrid:network:Network net
create spotgrid:network:Network$gcp:compute/firewall:Firewall net-deny-out
create spotgrid:network:Network$gcp:compute/firewall:Firewall net-https-out
create spotgrid:network:Network$gcp:compute/firewall:Firewall net-ssh-in
create spotgrid:network:Network$gcp:compute/network:Network net-vpc
create spotgrid:network:Network$gcp:compute/subnetwork:Subnetwork net-machines
`

var ways = map[gcpnetwork.Egress]string{
	gcpnetwork.EgressPrivate: "",
	gcpnetwork.EgressNAT: `
create spotgrid:network:Network$gcp:compute/router:Router net-router
create spotgrid:network:Network$gcp:compute/routerNat:RouterNat net-nat
`,
}

// preview is without private domains: this build of the provider has no DNS.
func preview(t *testing.T, o gcpnetwork.Options) ([]string, error) {
	t.Helper()
	return gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := network.New(ctx, "net", gcpnetwork.New(o), three, opts...)
		return err
	})
}

func TestTheRealProviderPreviewsTheNetwork(t *testing.T) {
	for egress, more := range ways {
		t.Run(string(egress), func(t *testing.T) {
			o := options(egress)
			o.IAPSSH = true
			got, err := preview(t, o)
			require.NoError(t, err)
			assert.ElementsMatch(t, strings.Split(strings.TrimSpace(common+strings.TrimPrefix(more, "\n")), "\n"), got)
		})
	}
}

func TestTheRealProviderPreviewsPrivateDomains(t *testing.T) {
	o := options(gcpnetwork.EgressPrivate)
	o.PrivateDomains = true
	got, err := preview(t, o)
	if err != nil && strings.Contains(err.Error(), "gcp:dns/") {
		t.Skip("this build of the provider has no DNS: ", firstLine(err))
	}
	require.NoError(t, err)
	assert.Contains(t, got, "create spotgrid:network:Network$gcp:dns/managedZone:ManagedZone net-googleapis-com")
	assert.Contains(t, got, "create spotgrid:network:Network$gcp:dns/recordSet:RecordSet net-run-app-names")
}

func firstLine(err error) string {
	for line := range strings.Lines(err.Error()) {
		if strings.Contains(line, "gcp:dns/") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func TestTheRealProviderRefusesAnIntervalThatGoogleWould(t *testing.T) {
	_, err := gcptest.Preview(t, func(ctx *pulumi.Context, opts ...pulumi.ResourceOption) error {
		_, err := compute.NewSubnetwork(ctx, "machines", &compute.SubnetworkArgs{
			Network: pulumi.String("net"), IpCidrRange: pulumi.String("10.20.0.0/16"),
			LogConfig: compute.SubnetworkLogConfigArgs{AggregationInterval: pulumi.String("INTERVAL_1_HOUR")},
		}, opts...)
		return err
	})
	assert.ErrorContains(t, err, "expected log_config.0.aggregation_interval to be one of")
}
