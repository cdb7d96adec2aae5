package rules

import "testing"

func TestNobodyReachesSSHFromAnywhere(t *testing.T) {
	table(t, noOpenSSH, []example{
		{name: "from one range", stack: some(awsIngress, `{"cidrIpv4":"10.0.0.0/8","fromPort":22,"toPort":22,"ipProtocol":"tcp"}`)},
		{name: "from anywhere", stack: some(awsIngress, `{"cidrIpv4":"0.0.0.0/0","fromPort":22,"toPort":22,"ipProtocol":"tcp"}`), want: []string{`cidrIpv4 is "0.0.0.0/0", want no range of all addresses for port 22`}},
		{name: "from anywhere by version 6", stack: some(awsIngress, `{"cidrIpv6":"::/0","fromPort":3389,"toPort":3389,"ipProtocol":"tcp"}`), want: []string{"port 3389"}},
		{name: "another port", stack: some(awsIngress, `{"cidrIpv4":"0.0.0.0/0","fromPort":443,"toPort":443,"ipProtocol":"tcp"}`)},
		{name: "up to the port before", stack: some(awsIngress, `{"cidrIpv4":"0.0.0.0/0","fromPort":0,"toPort":21,"ipProtocol":"tcp"}`)},
		{name: "from the port after", stack: some(awsIngress, `{"cidrIpv4":"0.0.0.0/0","fromPort":23,"toPort":100,"ipProtocol":"tcp"}`)},
		{name: "all ports", stack: some(awsIngress, `{"cidrIpv4":"0.0.0.0/0","ipProtocol":"-1"}`), want: []string{"port 22", "port 3389"}},
		{name: "from the lowest port", options: options{"ports": []any{"0"}}, stack: some(awsIngress, `{"cidrIpv4":"0.0.0.0/0","toPort":0,"ipProtocol":"tcp"}`), want: []string{"port 0"}},
		{name: "all ports from the lowest to the highest", options: options{"ports": []any{"0", "65535"}}, stack: some(awsIngress, `{"cidrIpv4":"0.0.0.0/0","ipProtocol":"-1"}`), want: []string{"port 0", "port 65535"}},
		{name: "all protocols, whatever the ports", stack: some(awsIngress, `{"cidrIpv4":"0.0.0.0/0","fromPort":443,"toPort":443,"ipProtocol":"-1"}`), want: []string{"port 22", "port 3389"}},
		{name: "unknown ports", stack: some(awsIngress, `{"cidrIpv4":"0.0.0.0/0","fromPort":"?","toPort":"?","ipProtocol":"tcp"}`), undecided: []string{"fromPort", "toPort"}},
		{name: "a group's own rules", stack: some(awsSecurityGroup, `{"ingress":[{"protocol":"tcp","fromPort":20,"toPort":25,"cidrBlocks":["10.0.0.0/8","0.0.0.0/0"]}]}`), want: []string{"ingress.0.cidrBlocks"}},
		{name: "a rule", stack: some(awsGroupRule, `{"type":"ingress","protocol":"tcp","fromPort":22,"toPort":22,"cidrBlocks":["0.0.0.0/0"]}`), want: []string{"cidrBlocks"}},
		{name: "a way out", stack: some(awsGroupRule, `{"type":"egress","protocol":"tcp","fromPort":22,"toPort":22,"cidrBlocks":["0.0.0.0/0"]}`)},
		{name: "no such port", options: options{"ports": []any{"ssh"}}, stack: some(awsIngress, `{"cidrIpv4":"0.0.0.0/0","ipProtocol":"-1"}`)},
		{name: "a firewall", stack: some(gcpFirewall, `{"sourceRanges":["10.0.0.0/8"],"allows":[{"protocol":"tcp","ports":["22"]}]}`)},
		{name: "an open firewall", stack: some(gcpFirewall, `{"sourceRanges":["0.0.0.0/0"],"allows":[{"protocol":"tcp","ports":["80","20-25"]}]}`), want: []string{"allows.0.ports"}},
		{name: "a firewall open up to the port", stack: some(gcpFirewall, `{"sourceRanges":["0.0.0.0/0"],"allows":[{"protocol":"tcp","ports":["10-22"]}]}`), want: []string{"no port 22"}},
		{name: "a firewall open from the port on", stack: some(gcpFirewall, `{"sourceRanges":["0.0.0.0/0"],"allows":[{"protocol":"tcp","ports":["22-30"]}]}`), want: []string{"no port 22"}},
		{name: "a firewall open by number", stack: some(gcpFirewall, `{"sourceRanges":["0.0.0.0/0"],"allows":[{"protocol":"6","ports":["3389"]}]}`), want: []string{"no port 3389"}},
		{name: "a firewall open for all ports", stack: some(gcpFirewall, `{"sourceRanges":["0.0.0.0/0"],"allows":[{"protocol":"TCP"},{"protocol":"all"}]}`), want: []string{"allows.0 is", "allows.1 is"}},
		{name: "a firewall open for other ports", stack: some(gcpFirewall, `{"sourceRanges":["0.0.0.0/0"],"allows":[{"protocol":"tcp","ports":["443","0-21","23-3388","22-x"]},{"protocol":"icmp"}]}`)},
		{name: "a firewall for ways out", stack: some(gcpFirewall, `{"direction":"EGRESS","sourceRanges":["0.0.0.0/0"],"allows":[{"protocol":"all"}]}`)},
	})
}
