package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spotgrid/spotgrid/policies/policy"
)

const (
	awsIngress    = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	awsGroupRule  = "aws:ec2/securityGroupRule:SecurityGroupRule"
	everyProtocol = "-1"
	highestPort   = 65535
)

// anywhere are the ranges of all addresses.
var anywhere = []string{"0.0.0.0/0", "::/0"}

// noOpenSSH: an open port 22 is tried within minutes.
var noOpenSSH = policy.Rule{
	Name: "no-open-ssh", Area: policy.Security, Level: policy.Mandatory, Severity: policy.Critical,
	Doc:     "Nobody reaches SSH, remote desktops or all ports from anywhere.",
	Types:   []string{awsSecurityGroup, awsGroupRule, awsIngress, gcpFirewall},
	Options: []policy.Option{{Name: "ports", Default: []any{"22", "3389"}, Doc: "ports that must not be open to all"}},
	Each: func(c *policy.Check) {
		switch c.Resource.Type {
		case awsSecurityGroup:
			rules, _ := c.Items("ingress")
			for i := range rules {
				at := "ingress." + strconv.Itoa(i) + "."
				openPorts(c, at, []string{at + "cidrBlocks", at + "ipv6CidrBlocks"}, "protocol")
			}
		case awsGroupRule:
			if kind, ok := c.Text("type", ""); ok && kind == "ingress" {
				openPorts(c, "", []string{"cidrBlocks", "ipv6CidrBlocks"}, "protocol")
			}
		case awsIngress:
			openPorts(c, "", []string{"cidrIpv4", "cidrIpv6"}, "ipProtocol")
		case gcpFirewall:
			openFirewall(c)
		}
	},
}

// openPorts looks at one rule, whose properties start with at.
func openPorts(c *policy.Check, at string, ranges []string, protocol string) {
	from, ok := c.Number(at+"fromPort", 0)
	to, sure := c.Number(at+"toPort", highestPort)
	p, certain := c.Text(at+protocol, everyProtocol)
	if !ok || !sure || !certain {
		return
	}
	if p == everyProtocol || p == "all" {
		from, to = 0, highestPort
	}
	for _, path := range ranges {
		if !open(c.Value(path)) {
			continue
		}
		for _, port := range c.OptionTexts("ports") {
			if n, err := strconv.ParseFloat(port, 64); err == nil && from <= n && n <= to {
				c.Violation(path, "no range of all addresses for port "+port, "use a session through the cloud's own API (SSM, IAP), or name the range")
			}
		}
	}
}

// open says whether a range, or one of several, is of all addresses.
func open(v policy.Value) bool {
	return slices.Contains(anywhere, text(v)) ||
		slices.ContainsFunc(v.Items(), func(item policy.Value) bool { return slices.Contains(anywhere, text(item)) })
}

func openFirewall(c *policy.Check) {
	if direction, ok := c.Text("direction", "INGRESS"); !ok || direction != "INGRESS" || !open(c.Value("sourceRanges")) {
		return
	}
	allows, _ := c.Items("allows")
	for i, a := range allows {
		protocol := strings.ToLower(text(a.Key("protocol")))
		if protocol != "all" && protocol != "tcp" && protocol != "6" {
			continue
		}
		at := "allows." + strconv.Itoa(i)
		if protocol == "all" || a.Key("ports").Empty() {
			c.Violation(at, "no rule for all ports from all addresses", "name the ports and the range")
			continue
		}
		for _, p := range a.Key("ports").Items() {
			for _, port := range c.OptionTexts("ports") {
				if portIn(port, text(p)) {
					c.Violation(at+".ports", "no port "+port+" from all addresses", "use IAP, or name the range")
				}
			}
		}
	}
}

// portIn says whether a range such as "20-25" has the port.
func portIn(port, ports string) bool {
	low, high, isRange := strings.Cut(ports, "-")
	if !isRange {
		return ports == port
	}
	n, err := strconv.Atoi(port)
	from, bad := strconv.Atoi(low)
	to, worse := strconv.Atoi(high)
	return err == nil && bad == nil && worse == nil && from <= n && n <= to
}
