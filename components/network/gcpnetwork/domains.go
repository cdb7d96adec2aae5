package gcpnetwork

import (
	"strings"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/dns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	apis = "googleapis.com"
	// ttlSeconds is short enough to undo a slip within minutes.
	ttlSeconds = 300
)

// domains are those that machines call: APIs, Artifact Registry, and Cloud Run
// with the functions that run there.
var domains = []string{apis, "pkg.dev", "run.app"}

// privateAddresses are all of privateRange.
var privateAddresses = pulumi.ToStringArray([]string{"199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"})

// buildDomains makes the names resolve to private.googleapis.com: a zone for
// each domain that this network alone sees, with the addresses under one name
// and every other name pointing there (VPC, configure private Google access,
// DNS configuration).
func (p *plan) buildDomains() error {
	if !p.options.PrivateDomains {
		return nil
	}
	for _, domain := range domains {
		if err := p.buildDomain(domain); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) buildDomain(domain string) error {
	child := strings.ReplaceAll(domain, ".", "-")
	zone, err := dns.NewManagedZone(p.ctx, p.child(child), &dns.ManagedZoneArgs{
		DnsName: pulumi.String(domain + "."), Visibility: pulumi.String("private"), Labels: pulumi.ToStringMap(p.options.Labels),
		Description: pulumi.String("Names of Google's services lead to private.googleapis.com"),
		PrivateVisibilityConfig: dns.ManagedZonePrivateVisibilityConfigArgs{
			Networks: dns.ManagedZonePrivateVisibilityConfigNetworkArray{
				dns.ManagedZonePrivateVisibilityConfigNetworkArgs{NetworkUrl: p.network.ID()},
			},
		},
	}, p.parent)
	if err != nil {
		return err
	}
	target := domain + "."
	if domain == apis {
		target = "private." + target
	}
	for _, r := range []struct {
		child, name, kind string
		data              pulumi.StringArray
	}{
		{child + "-addresses", target, "A", privateAddresses},
		{child + "-names", "*." + domain + ".", "CNAME", pulumi.StringArray{pulumi.String(target)}},
	} {
		record, err := dns.NewRecordSet(p.ctx, p.child(r.child), &dns.RecordSetArgs{
			ManagedZone: zone.Name, Name: pulumi.String(r.name), Type: pulumi.String(r.kind), Ttl: pulumi.Int(ttlSeconds), Rrdatas: r.data,
		}, p.parent)
		if err != nil {
			return err
		}
		p.guards = append(p.guards, record.ID())
	}
	return nil
}
