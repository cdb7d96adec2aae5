package pricing

import (
	"flag"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the generated part of docs/aws-costs.md")

const (
	costsFile  = "../../docs/aws-costs.md"
	tableBegin = "<!-- Generated: go test ./workloads/pricing -run TestTheCostTable -update -->\n"
	tableEnd   = "<!-- End of what is generated. -->\n"
)

func TestTheCostTable(t *testing.T) {
	t.Parallel()
	book, err := Services()
	require.NoError(t, err)
	doc, err := os.ReadFile(costsFile)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(doc), tableBegin)
	require.True(t, ok, "%s has no line %s", costsFile, tableBegin)
	_, after, ok := strings.Cut(rest, tableEnd)
	require.True(t, ok, "%s has no line %s", costsFile, tableEnd)
	d := &costDoc{t: t, book: book, grids: AWSGrids()}
	d.write()
	want := before + tableBegin + d.text.String() + tableEnd + after
	if *update {
		require.NoError(t, os.WriteFile(costsFile, []byte(want), 0o644))
		return
	}
	assert.Equal(t, want, string(doc), "docs/aws-costs.md is not what the price book says; run: go test ./workloads/pricing -run TestTheCostTable -update")
}

// costDoc is the generated part of the document on its way to being written.
type costDoc struct {
	t     *testing.T
	book  *Book
	grids []AWSGrid
	text  strings.Builder
}

func (d *costDoc) linef(format string, args ...any) { fmt.Fprintf(&d.text, format+"\n", args...) }

func (d *costDoc) row(cells ...string) { d.linef("| %s |", strings.Join(cells, " | ")) }

func (d *costDoc) head(cells ...string) {
	d.row(cells...)
	d.linef("|%s", strings.Repeat(" --- |", len(cells)))
}

// usd is the price of an item in us-east-1.
func (d *costDoc) usd(item string) float64 { return d.price(item).USD }

func (d *costDoc) price(item string) Price {
	p, ok := d.book.Find("aws", "us-east-1", item)
	require.True(d.t, ok, item)
	return p
}

func (d *costDoc) write() {
	d.linef("Prices are of us-east-1, in US dollars, each of the day of its source, below; a month is %d hours.", HoursPerMonth)
	for _, section := range []func(){d.writeIdle, d.writeParts, d.writeMachines, d.writeWaysOut, d.writeSources} {
		d.linef("")
		section()
	}
}

func (d *costDoc) writeIdle() {
	d.linef("## While nothing runs\n")
	head := []string{"", "price"}
	for _, g := range d.grids {
		head = append(head, g.Name, "an hour", "a month")
	}
	d.head(head...)
	for _, item := range idleItems() {
		cells := []string{d.partOf(item), phrase(d.price(item))}
		for _, g := range d.grids {
			c := IdleCost{Price: d.price(item), Count: g.count(item)}
			cells = append(cells, count(c.Count), hourly(c.HourlyUSD()), monthly(c.HourlyUSD()))
		}
		d.row(cells...)
	}
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		cells := []string{"**all, in " + region + "**", ""}
		for _, g := range d.grids {
			g.Region = region
			sum, err := d.book.IdleHourlyUSD(g)
			require.NoError(d.t, err)
			cells = append(cells, "", "**"+hourly(sum)+"**", "**"+monthly(sum)+"**")
		}
		d.row(cells...)
	}
}

// partOf names an item after the part of the grid that it is paid for.
func (d *costDoc) partOf(item string) string {
	names := map[string]string{
		"nat_gateway_hour": "NAT gateway", "public_ipv4_hour": "its public address", "interface_endpoint_hour": "interface endpoint, in a zone",
		"kms_key_month": "key", "alarm_metric_month": "metric that an alarm watches",
	}
	require.Contains(d.t, names, item)
	return names[item]
}

func (d *costDoc) writeParts() {
	d.linef("## Part by part\n")
	head := []string{"part", "why it is there"}
	for _, g := range d.grids {
		head = append(head, g.Name+" idle, an hour", "a month")
	}
	d.head(append(head, "paid by use")...)
	for _, p := range AWSParts() {
		cells := []string{p.Name + ": " + shortKinds(p.Kinds), p.Why}
		for _, g := range d.grids {
			var sum float64
			for _, item := range p.Idle {
				sum += IdleCost{Price: d.price(item), Count: g.count(item)}.HourlyUSD()
			}
			cells = append(cells, hourly(sum), monthly(sum))
		}
		d.row(append(cells, d.uses(p))...)
	}
}

// uses says what is paid by use, what costs nothing last.
func (d *costDoc) uses(p AWSPart) string {
	var paid, free []string
	for _, u := range p.Use {
		price, what := d.price(u.Item), u.What
		if what != "" {
			what += ": "
		}
		if price.USD > 0 {
			paid = append(paid, what+phrase(price))
		} else if text := what + "no charge"; len(free) == 0 || free[len(free)-1] != text {
			free = append(free, text)
		}
	}
	return strings.Join(append(paid, free...), "; ")
}

func (d *costDoc) writeMachines() {
	table, err := Default()
	require.NoError(d.t, err)
	d.linef("## A machine, for an hour that it runs\n")
	d.linef("Of the days %s. Spot prices move daily.\n", strings.Replace(table.AsOf, "/", " to ", 1))
	head := []string{"machine", "vCPUs", "GiB", "on spot", "on demand"}
	for _, g := range d.grids {
		head = append(head, fmt.Sprintf("on spot with its disk, %s (%d GiB)", g.Name, g.RootGiB))
	}
	d.head(head...)
	for _, m := range table.Machines {
		if m.Cloud != "aws" || m.Region != "us-east-1" {
			continue
		}
		cells := []string{m.Type, strconv.Itoa(m.VCPUs), strconv.FormatFloat(m.MemoryGiB, 'f', -1, 64), dollars(m.SpotHourlyUSD), dollars(m.OnDemandHourlyUSD)}
		for _, g := range d.grids {
			cells = append(cells, hourly(m.SpotHourlyUSD+float64(g.RootGiB)*d.usd("gp3_gb_month")/HoursPerMonth))
		}
		d.row(cells...)
	}
}

func (d *costDoc) writeWaysOut() {
	nat := d.usd("nat_gateway_hour") + d.usd("public_ipv4_hour")
	savedPerGB := d.usd("nat_gateway_gb") - d.usd("interface_endpoint_gb")
	d.linef("## NAT gateway or endpoints\n")
	d.linef("One NAT gateway and its address cost %s a month idle, and %s a GB. Endpoints cost %s less on each GB; where they cost more", monthly(nat), dollars(d.usd("nat_gateway_gb")), dollars(savedPerGB))
	d.linef("idle, they pay off from this much traffic with the services on:\n")
	d.head("services with an endpoint", "zones", "endpoints idle, a month", "more than one NAT gateway", "pay off at")
	for _, zones := range []int{2, 3} {
		for _, services := range []int{2, 5, 8} {
			idle := float64(services*zones) * d.usd("interface_endpoint_hour")
			more, from := "less", "at once"
			if idle > nat {
				more, from = monthly(idle-nat), thousands(math.Ceil((idle-nat)*HoursPerMonth/savedPerGB))+" GB a month"
			}
			d.row(strconv.Itoa(services), strconv.Itoa(zones), monthly(idle), more, from)
		}
	}
	d.linef("\nTraffic with S3 counts for neither: it takes the gateway endpoint. What a machine in another zone than the NAT gateway sends")
	d.linef("through it costs %s a GB more in each direction, which is not in the table.", dollars(d.usd("zone_transfer_gb")))
}

func (d *costDoc) writeSources() {
	d.linef("## Where the prices are from\n")
	d.head("source", "of", "prices")
	for _, s := range d.book.Sources {
		var n int
		for _, p := range d.book.Prices {
			if p.Source == s.ID {
				n++
			}
		}
		d.row("["+s.ID+"]("+s.URL+")", strings.Replace(s.AsOf, "/", " to ", 1), count(n))
	}
}

// shortKinds leaves out the module, which the part's name stands for.
func shortKinds(kinds []string) string {
	var short []string
	for _, k := range kinds {
		short = append(short, "`"+k[strings.LastIndex(k, ":")+1:]+"`")
	}
	return strings.Join(short, " ")
}

// phrase is a price with its unit, such as "$0.03 a GB-month".
func phrase(p Price) string {
	article := "a"
	if p.Unit == "hour" {
		article = "an"
	}
	return fmt.Sprintf("%s %s %s", dollars(p.USD), article, p.Unit)
}

// dollars has all digits of a price, and two after the point at least. What is
// computed is rounded where prices have no digits any more.
func dollars(usd float64) string {
	const decimals = 12
	s := strings.TrimRight(strconv.FormatFloat(usd, 'f', decimals, 64), "0")
	if _, cents, _ := strings.Cut(s, "."); len(cents) < 2 {
		s = strconv.FormatFloat(usd, 'f', 2, 64)
	}
	return "$" + s
}

// thousands groups the digits of a whole number: 2,294.
func thousands(n float64) string {
	s := strconv.FormatFloat(n, 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func hourly(usd float64) string { return blankZero(usd, fmt.Sprintf("$%.4f", usd)) }

func monthly(hourlyUSD float64) string {
	return blankZero(hourlyUSD, fmt.Sprintf("$%.2f", hourlyUSD*HoursPerMonth))
}

func blankZero(usd float64, text string) string {
	if usd == 0 {
		return "0"
	}
	return text
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
