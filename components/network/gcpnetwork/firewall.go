package gcpnetwork

import (
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/compute"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	anywhere = "0.0.0.0/0"
	// privateRange is that of private.googleapis.com (VPC, configure private
	// Google access).
	privateRange = "199.36.153.8/30"
	// proxyRange is where Identity-Aware Proxy forwards from (Identity-Aware
	// Proxy, using IAP for TCP forwarding).
	proxyRange = "35.235.240.0/20"
	// denyPriority is the last that a rule can have before Google's implied
	// ones, of 65535.
	denyPriority = 65534
)

// buildFirewall refuses what leaves, but for HTTPS. What comes in is refused
// by Google's implied rule. The metadata server of each machine answers
// whatever the rules say: credentials, names and the time are always there
// (VPC firewall rules, always allowed traffic).
func (p *plan) buildFirewall() error {
	if err := p.rule("deny-out", &compute.FirewallArgs{
		Description: pulumi.String("Nothing leaves that no other rule lets out"),
		Direction:   pulumi.String("EGRESS"), Priority: pulumi.Int(denyPriority), DestinationRanges: pulumi.StringArray{pulumi.String(anywhere)},
		Denies: compute.FirewallDenyArray{compute.FirewallDenyArgs{Protocol: pulumi.String("all")}},
		// What a machine tried to reach in vain is the first trace of one that
		// was taken over.
		LogConfig: compute.FirewallLogConfigArgs{Metadata: pulumi.String("EXCLUDE_ALL_METADATA")},
	}); err != nil {
		return err
	}
	if err := p.rule("https-out", &compute.FirewallArgs{
		Description: pulumi.String("Machines call Google's APIs, and what the gateway leads to"),
		Direction:   pulumi.String("EGRESS"), Priority: pulumi.Int(AllowPriority), DestinationRanges: pulumi.StringArray{pulumi.String(p.reach())},
		Allows: tcp("443"),
	}); err != nil {
		return err
	}
	if !p.options.IAPSSH {
		return nil
	}
	return p.rule("ssh-in", &compute.FirewallArgs{
		Description: pulumi.String("SSH through Identity-Aware Proxy"),
		Direction:   pulumi.String("INGRESS"), Priority: pulumi.Int(AllowPriority), SourceRanges: pulumi.StringArray{pulumi.String(proxyRange)},
		Allows: tcp("22"),
	})
}

// reach is where machines call by HTTPS. Google's APIs have addresses all over
// Google's ranges, which change, unless their names resolve to one range.
func (p *plan) reach() string {
	if p.options.PrivateDomains {
		return privateRange
	}
	return anywhere
}

func tcp(port string) compute.FirewallAllowArray {
	return compute.FirewallAllowArray{compute.FirewallAllowArgs{Protocol: pulumi.String("tcp"), Ports: pulumi.StringArray{pulumi.String(port)}}}
}

// rule applies to every machine of the network.
func (p *plan) rule(child string, a *compute.FirewallArgs) error {
	a.Network = p.network.ID()
	r, err := compute.NewFirewall(p.ctx, p.child(child), a, p.parent)
	if err != nil {
		return err
	}
	p.guards = append(p.guards, r.ID())
	return nil
}
