package filestorevolume

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/spotgrid/spotgrid/components/gcpvalue"
	"github.com/spotgrid/spotgrid/components/limits"
)

// maxAccounts is how many a rule of the firewall lets through (Compute Engine,
// VPC firewall rules, filtering by service account).
const maxAccounts = 10

// zonePattern takes a zone apart into its region and its letter.
var zonePattern = regexp.MustCompile(`^(.*)-[^-]*$`)

func (o Options) check() error {
	var f limits.Faults
	if _, ok := ranges[o.Tier]; !ok {
		f.Addf("tier is %q, want %q or %q", o.Tier, TierZonal, TierRegional)
	} else {
		o.checkLocation(&f)
		o.checkSize(&f)
	}
	if o.Clients < 1 {
		f.Addf("clients is %d, want the most machines that mount the share at once", o.Clients)
	}
	if o.Network == nil {
		f.Addf("no network is given")
	}
	f.Between("fleetServiceAccounts", len(o.FleetServiceAccounts), 1, maxAccounts)
	if p, err := netip.ParsePrefix(o.SubnetCIDR); err != nil || !p.Addr().Is4() || p != p.Masked() || !p.Addr().IsPrivate() {
		f.Addf("subnetCidr is %q, want a private IPv4 range such as 10.20.0.0/16", o.SubnetCIDR)
	}
	gcpvalue.CheckLabels(&f, o.Labels)
	return f.Err()
}

func (o Options) checkLocation(f *limits.Faults) {
	var place limits.Faults
	what := "a region"
	if o.Tier == TierRegional {
		gcpvalue.CheckRegion(&place, o.Location)
	} else {
		what = "a zone"
		region := zonePattern.ReplaceAllString(o.Location, "$1")
		gcpvalue.CheckRegion(&place, region)
		gcpvalue.CheckZone(&place, region, o.Location)
	}
	if place.Err() != nil {
		f.Addf("location is %q, want %s, as tier %s is in", o.Location, what, o.Tier)
	}
}

// checkSize says too which size would do for the clients.
func (o Options) checkSize(f *limits.Faults) {
	var want []string
	fits := false
	for _, s := range ranges[o.Tier] {
		fits = fits || s.has(o.SizeGiB)
		text := fmt.Sprintf("%d..%d", s.min, s.max)
		if s.step > 1 {
			text += fmt.Sprintf(" by %d", s.step)
		}
		want = append(want, text)
	}
	if !fits {
		f.Addf("sizeGiB is %d, want %s for tier %s", o.SizeGiB, strings.Join(want, " or "), o.Tier)
	}
	if most := clientsOf(o.SizeGiB); o.Clients > most {
		f.Addf("sizeGiB is %d, which serves %d clients and not %d: %s", o.SizeGiB, most, o.Clients, o.sizeFor())
	}
}

// sizeFor is the smallest size that serves the clients.
func (o Options) sizeFor() string {
	for _, s := range ranges[o.Tier] {
		for gib := s.min; gib <= s.max; gib += s.step {
			if clientsOf(gib) >= o.Clients {
				return fmt.Sprintf("that takes %d", gib)
			}
		}
	}
	return "no size does"
}
