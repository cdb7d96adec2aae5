// Package network is a private network for the machines of a grid, over
// several zones of a region, in a cloud. A grid on one machine has none.
package network

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/spotgrid/spotgrid/components/limits"
	"github.com/spotgrid/spotgrid/components/naming"
)

// Type of the component in Pulumi's state.
const Type = "spotgrid:network:Network"

// Args are what every target honours with one meaning.
type Args struct {
	// CIDR is the network's range of private IPv4 addresses, such as
	// "10.20.0.0/16".
	CIDR string
	// Zones to stand in, such as "eu-west-1a". More zones are more spot pools
	// to choose from. A new one goes to the end: the addresses of a zone
	// follow from its place in the list.
	Zones []string
}

// Network is a private network.
type Network struct {
	pulumi.ResourceState
	Binding
}

// New declares a network. All faults of the arguments and of the driver's
// options come in one error, before anything is registered.
func New(ctx *pulumi.Context, name string, d Driver, a Args, opts ...pulumi.ResourceOption) (*Network, error) {
	if err := errors.Join(naming.Check("network", name), a.check(d.Caps()), d.Check(a)); err != nil {
		return nil, fmt.Errorf("network %q on %s: %w", name, d.Target(), err)
	}
	n := &Network{}
	in := pulumi.Map{"target": pulumi.String(d.Target()), "cidr": pulumi.String(a.CIDR), "zones": pulumi.ToStringArray(a.Zones)}
	if err := ctx.RegisterComponentResourceV2(Type, name, in, n, opts...); err != nil {
		return nil, fmt.Errorf("registering network %q: %w", name, err)
	}
	b, err := d.Build(ctx, name, a, pulumi.Parent(n))
	if err != nil {
		return nil, fmt.Errorf("network %q on %s: %w", name, d.Target(), err)
	}
	n.Binding = *b
	subnets := pulumi.StringMap{}
	for _, s := range b.Subnets {
		subnets[s.Zone] = s.ID
	}
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{"id": b.ID, "subnetIds": subnets})
}

func (a Args) check(c Caps) error {
	var f limits.Faults
	checkCIDR(&f, a.CIDR, c)
	f.Between("number of zones", len(a.Zones), 1, c.MaxZones)
	seen := map[string]bool{}
	for _, zone := range a.Zones {
		if seen[zone] {
			f.Addf("zone %q is there twice", zone)
		}
		seen[zone] = true
	}
	return f.Err()
}

// checkCIDR wants the form that clouds show the range in, so that what was
// written is what is found there.
func checkCIDR(f *limits.Faults, cidr string, c Caps) {
	p, err := netip.ParsePrefix(cidr)
	if err != nil || !p.Addr().Is4() {
		f.Addf("cidr is %q, want an IPv4 range such as 10.20.0.0/16", cidr)
		return
	}
	f.Between("length of cidr's prefix", p.Bits(), c.MinPrefixBits, c.MaxPrefixBits)
	if p != p.Masked() {
		f.Addf("cidr is %q, want the first address of the range: %s", cidr, p.Masked())
	}
	if !p.Addr().IsPrivate() {
		f.Addf("cidr is %q, want a range inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 (RFC 1918)", cidr)
	}
}
