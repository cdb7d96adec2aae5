package vpcnetwork

import (
	"encoding/binary"
	"net/netip"
)

const (
	// partBits: a network is cut into 16 parts of one size, whatever the
	// number of zones, so that another zone moves none of the others. A /16
	// leaves 4,091 addresses for the machines of a zone.
	partBits = 4
	// maxZones: one half of the parts is for private subnets, the other for
	// public ones. No region has more than six zones.
	maxZones = 1 << partBits / 2
)

// privateRange is where the machines of the i-th zone stand.
func privateRange(cidr netip.Prefix, i int) netip.Prefix { return part(cidr, i) }

// publicRange is where the gateways of the i-th zone stand.
func publicRange(cidr netip.Prefix, i int) netip.Prefix { return part(cidr, maxZones+i) }

func part(cidr netip.Prefix, i int) netip.Prefix {
	bits := cidr.Bits() + partBits
	first := cidr.Addr().As4()
	var at [4]byte
	binary.BigEndian.PutUint32(at[:], binary.BigEndian.Uint32(first[:])+uint32(i)<<(32-bits))
	return netip.PrefixFrom(netip.AddrFrom4(at), bits)
}
