// Package networktest is the suite that every driver of package network
// passes.
package networktest

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/spotgrid/spotgrid/components/componenttest"
	"github.com/spotgrid/spotgrid/components/network"
)

// Run runs the suite. compute is what the service's provider computes, valid
// are arguments that the driver accepts, with two zones or more.
func Run(t *testing.T, d network.Driver, compute componenttest.Compute, valid network.Args) {
	require.GreaterOrEqual(t, len(valid.Zones), 2)
	t.Run("two networks stand side by side", func(t *testing.T) { sideBySide(t, d, compute, valid) })
	t.Run("all faults come in one error and nothing is registered", func(t *testing.T) { refuses(t, d, valid) })
	t.Run("the limits themselves are allowed", func(t *testing.T) {
		for _, bits := range []int{d.Caps().MinPrefixBits, d.Caps().MaxPrefixBits} {
			a := valid
			a.CIDR = netip.PrefixFrom(netip.MustParseAddr("10.0.0.0"), bits).String()
			require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
				_, err := network.New(ctx, "edge", d, a)
				return err
			}, pulumi.WithMocks("spotgrid", "test", componenttest.NewTree(compute))), a.CIDR)
		}
	})
}

func sideBySide(t *testing.T, d network.Driver, compute componenttest.Compute, valid network.Args) {
	two := func(ctx *pulumi.Context) error {
		for _, name := range []string{"first", "second"} {
			n, err := network.New(ctx, name, d, valid)
			if err != nil {
				return err
			}
			componenttest.Filled(t, ctx, "ID", n.ID)
			var zones []string
			for _, s := range n.Subnets {
				zones = append(zones, s.Zone)
				componenttest.Filled(t, ctx, "subnet of "+s.Zone, s.ID)
			}
			assert.Equal(t, valid.Zones, zones, "a subnet for each zone, in order")
		}
		return nil
	}
	componenttest.Run(t, compute, two, func(t *testing.T, tree *componenttest.Tree) {
		assert.NotEmpty(t, tree.Below("first"))
		assert.Len(t, tree.Below("second"), len(tree.Below("first")))
		in := tree.One(t, network.Type, "first").Inputs
		assert.Equal(t, d.Target(), in["target"].StringValue())
		assert.Equal(t, valid.CIDR, in["cidr"].StringValue(), "policies read the component's inputs")
		assert.Len(t, in["zones"].ArrayValue(), len(valid.Zones))
	})
}

func refuses(t *testing.T, d network.Driver, valid network.Args) {
	c := d.Caps()
	for name, tc := range map[string]struct {
		spoil func(*network.Args)
		want  []string
	}{
		"not a range":    {func(a *network.Args) { a.CIDR = "10.0.0.0" }, []string{`cidr is "10.0.0.0"`}},
		"not IPv4":       {func(a *network.Args) { a.CIDR = "fd00::/48" }, []string{`cidr is "fd00::/48"`}},
		"too large":      {func(a *network.Args) { a.CIDR = fmt.Sprintf("10.0.0.0/%d", c.MinPrefixBits-1) }, []string{"length of cidr's prefix"}},
		"too small":      {func(a *network.Args) { a.CIDR = fmt.Sprintf("10.0.0.0/%d", c.MaxPrefixBits+1) }, []string{"length of cidr's prefix"}},
		"no zones":       {func(a *network.Args) { a.Zones = nil }, []string{"number of zones is 0"}},
		"too many zones": {func(a *network.Args) { a.Zones = make([]string, c.MaxZones+1) }, []string{"number of zones is"}},
		"several": {func(a *network.Args) {
			a.CIDR, a.Zones = fmt.Sprintf("8.8.8.8/%d", c.MinPrefixBits), append([]string{valid.Zones[1]}, valid.Zones...)
		}, []string{"first address", "RFC 1918", fmt.Sprintf("zone %q is there twice", valid.Zones[1])}},
	} {
		t.Run(name, func(t *testing.T) {
			a := valid
			tc.spoil(&a)
			err := componenttest.Refused(t, func(ctx *pulumi.Context) error {
				_, err := network.New(ctx, "Bad Name", d, a)
				return err
			})
			for _, want := range append(tc.want, "Bad Name", d.Target()) {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}
